//! Closed loops, in which a caller waits for its answer before it calls again, and open ones, in which
//! calls begin when the clock says so.
//!
//! The latency of an open loop counts from the time at which a call should have begun: one that had to
//! wait, since all callers were busy, has waited (no coordinated omission).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until};

use super::caller::{Caller, Way};
use crate::Error;
use crate::load::{Run, latencies, micros};

/// Bytes of a message.
const LENGTH: usize = 64;

/// What a caller repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// A unary call
    Unary,
    /// A message and its answer on a stream that stays open
    Stream,
}

/// What to send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    pub(crate) callers: usize,
    /// Most connections of the pool.
    pub(crate) connections: usize,
    /// How long calls begin.
    pub(crate) time: Duration,
    /// Calls per second of all callers together; none: as many as they can.
    pub(crate) rate: Option<f64>,
}

/// What the callers share.
#[derive(Debug)]
struct Clock {
    start: Instant,
    end: Instant,
    rate: Option<f64>,
    /// Calls that have begun, and that have ended.
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Clock {
    /// When the next call should begin; none: no more.
    async fn next(&self) -> Option<Instant> {
        let number = self.begun.fetch_add(1, Relaxed);
        let begin = match self.rate {
            Some(rate) => self.start + Duration::from_secs_f64(number as f64 / rate),
            None => Instant::now(),
        };
        if begin >= self.end {
            return None;
        }
        if self.rate.is_some() {
            sleep_until(begin).await;
        }
        Some(begin)
    }
}

impl Load {
    /// Sends it by `way`; tells `progress` every second how many calls have ended. A call that fails ends
    /// the benchmark.
    pub(crate) async fn send(
        self,
        way: Way,
        server: SocketAddr,
        progress: impl Fn(u64),
    ) -> Result<Run, Error> {
        let caller = way.connect(server, self.connections).await?;
        let start = Instant::now();
        let clock = Arc::new(Clock {
            start,
            end: start + self.time,
            rate: self.rate,
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        });
        let mut callers = JoinSet::new();
        for _ in 0..self.callers {
            callers.spawn(repeat(self.kind, caller.clone(), Arc::clone(&clock)));
        }
        let mut latency = latencies()?;
        let mut second = interval(Duration::from_secs(1));
        second.tick().await;
        loop {
            tokio::select! {
                ended = callers.join_next() => match ended {
                    Some(ended) => latency.add(ended??)?,
                    None => break,
                },
                _ = second.tick() => progress(clock.ended.load(Relaxed)),
            }
        }
        let elapsed = start.elapsed();
        Ok(Run { elapsed, latency })
    }
}

/// One caller.
async fn repeat(
    kind: Kind,
    mut caller: Caller,
    clock: Arc<Clock>,
) -> Result<Histogram<u64>, Error> {
    let mut latency = latencies()?;
    let data = [7; LENGTH];
    let mut conversation = match kind {
        Kind::Unary => None,
        Kind::Stream => Some(caller.converse().await?),
    };
    while let Some(begin) = clock.next().await {
        match &mut conversation {
            Some(conversation) => conversation.exchange(&data).await?,
            None => caller.call(&data).await?,
        }
        latency.saturating_record(micros(begin.elapsed()));
        clock.ended.fetch_add(1, Relaxed);
    }
    Ok(latency)
}
