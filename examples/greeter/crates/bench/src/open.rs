//! An open loop of unary calls: each begins at its time, whether or not those before have ended.
//!
//! A call is as late as it is after the time it was to begin: whoever waits in a queue waits.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, yield_now};

use crate::Error;
use crate::http2::Connection;
use crate::load::{Load, micros};

/// Calls at a steady rate.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Calls per second.
    pub(crate) rate: f64,
    /// For how long calls begin.
    pub(crate) time: Duration,
}

impl Pace {
    /// How many calls begin in `time`.
    pub(crate) fn calls(&self, time: Duration) -> usize {
        (self.rate * time.as_secs_f64()) as usize
    }

    /// Sends the calls of `load` to `server` at this pace; returns the latency of each in microseconds, in the
    /// order in which they were due.
    ///
    /// Takes a core for itself: a timer would be late by up to a millisecond.
    pub(crate) async fn send(&self, load: &Load, server: SocketAddr) -> Result<Vec<u64>, Error> {
        let mut connections = Vec::new();
        for _ in 0..load.connections {
            connections.push(Connection::open(server, &load.tokens).await?);
        }
        let mut calls = JoinSet::new();
        let mut latencies = vec![0; self.calls(self.time)];
        let start = Instant::now();
        for number in 0..latencies.len() {
            let due = Duration::from_secs_f64(number as f64 / self.rate);
            while start.elapsed() < due {
                while let Some(call) = calls.try_join_next() {
                    let (number, latency) = call??;
                    latencies[number] = latency;
                }
                yield_now().await;
            }
            let call = connections[number % connections.len()].call(number);
            calls.spawn(async move {
                call.await?;
                let latency = start.elapsed().saturating_sub(due);
                Ok::<_, Error>((number, micros(latency)))
            });
        }
        while let Some(call) = calls.join_next().await {
            let (number, latency) = call??;
            latencies[number] = latency;
        }
        Ok(latencies)
    }
}

/// The 99th percentile; NaN if there is none.
pub(crate) fn tail(latencies: &[u64]) -> f64 {
    let mut latencies = latencies.to_vec();
    latencies.sort_unstable();
    let one = latencies.len() * 99 / 100;
    latencies.get(one).map_or(f64::NAN, |one| *one as f64)
}
