//! An open loop of unary calls: each begins at its time, whether or not those before have ended.
//!
//! A call is as late as it is after the time it was to begin: whoever waits in a queue waits.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::{JoinSet, yield_now};

use crate::Error;
use crate::http2::Connection;
use crate::load::{Load, latencies, micros};

/// Calls at a steady rate.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Calls per second.
    pub(crate) rate: f64,
    /// For how long calls begin.
    pub(crate) time: Duration,
}

impl Pace {
    /// Sends the calls of `load` to `server` at this pace; returns their latency in microseconds.
    ///
    /// Takes a core for itself: a timer would be late by up to a millisecond.
    pub(crate) async fn send(
        &self,
        load: &Load,
        server: SocketAddr,
    ) -> Result<Histogram<u64>, Error> {
        let mut connections = Vec::new();
        for _ in 0..load.connections {
            connections.push(Connection::open(server, &load.tokens).await?);
        }
        let mut calls = JoinSet::new();
        let mut latency = latencies()?;
        let start = Instant::now();
        for number in 0_usize.. {
            let due = Duration::from_secs_f64(number as f64 / self.rate);
            if due >= self.time {
                break;
            }
            while start.elapsed() < due {
                while let Some(call) = calls.try_join_next() {
                    latency.saturating_record(call??);
                }
                yield_now().await;
            }
            let call = connections[number % connections.len()].call(number);
            calls.spawn(async move {
                call.await?;
                Ok::<_, Error>(micros(start.elapsed().saturating_sub(due)))
            });
        }
        while let Some(call) = calls.join_next().await {
            latency.saturating_record(call??);
        }
        Ok(latency)
    }
}
