//! A closed loop of unary calls: so many callers, each with one call at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Endpoint;

use crate::Error;
use crate::echo::{EchoClient, Payload};

/// Longest latency that is told apart, in microseconds: a minute.
const LONGEST: u64 = 60_000_000;

/// What to send.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Connections to the server.
    pub(crate) connections: usize,
    /// Callers on each connection.
    pub(crate) callers: usize,
    /// Calls of all callers together.
    pub(crate) calls: u64,
    /// The values of `authorization`, taken in turns; none: no such header.
    pub(crate) tokens: Arc<Vec<MetadataValue<Ascii>>>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Run {
    /// How long all of it took.
    pub(crate) elapsed: Duration,
    /// The latency of each call, in microseconds.
    pub(crate) latency: Histogram<u64>,
}

/// What counts latencies, in microseconds.
pub(crate) fn latencies() -> Result<Histogram<u64>, Error> {
    Ok(Histogram::new_with_max(LONGEST, 3)?)
}

/// A latency as it is counted.
pub(crate) fn micros(latency: Duration) -> u64 {
    u64::try_from(latency.as_micros()).unwrap_or(LONGEST)
}

impl Load {
    /// Sends all of it to `server`. A call that fails ends the benchmark: it would measure refusals.
    pub(crate) async fn send(&self, server: SocketAddr) -> Result<Run, Error> {
        let left = Arc::new(AtomicU64::new(self.calls));
        let start = Instant::now();
        let mut callers = tokio::task::JoinSet::new();
        for connection in 0..self.connections {
            let endpoint = Endpoint::try_from(format!("http://{server}"))?.user_agent("bench/1")?;
            let client = EchoClient::new(endpoint.connect().await?);
            for caller in 0..self.callers {
                let turn = connection * self.callers + caller;
                callers.spawn(self.clone().call(client.clone(), Arc::clone(&left), turn));
            }
        }
        let mut latency = latencies()?;
        while let Some(caller) = callers.join_next().await {
            latency.add(caller??)?;
        }
        Ok(Run {
            elapsed: start.elapsed(),
            latency,
        })
    }

    /// The request of a call; tokens take turns.
    pub(crate) fn request(&self, turn: usize) -> Request<Payload> {
        let mut request = Request::new(Payload { data: vec![7; 64] });
        if !self.tokens.is_empty() {
            let token = self.tokens[turn % self.tokens.len()].clone();
            request.metadata_mut().insert("authorization", token);
        }
        request
    }

    /// One caller: calls until none is left.
    async fn call(
        self,
        mut client: EchoClient<tonic::transport::Channel>,
        left: Arc<AtomicU64>,
        mut turn: usize,
    ) -> Result<Histogram<u64>, Error> {
        let mut latency = latencies()?;
        while left
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok()
        {
            let request = self.request(turn);
            turn += self.connections * self.callers;
            let start = Instant::now();
            client.unary(request).await?;
            latency.saturating_record(micros(start.elapsed()));
        }
        Ok(latency)
    }
}
