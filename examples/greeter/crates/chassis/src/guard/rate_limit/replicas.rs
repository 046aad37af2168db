//! One limit for all replicas: they add up in Redis what each has counted.
//!
//! A call does not wait for Redis. It is counted here, and ten times a second what is new is added in
//! Redis, which answers with the sum of all; once that is the limit, calls are refused until the
//! period is over. So in a moment between two sums, each replica may let pass as many as its own
//! limit, which counts all the time, and alone while Redis is away.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use quick_cache::sync::Cache;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::table::Key;
use crate::call::Method;
use crate::config::Rate;
use crate::redis::Connection;
use crate::runtime::time::since_1970;

/// Between two sums.
const INTERVAL: Duration = Duration::from_millis(100);
/// Longest wait for one.
const PATIENCE: Duration = Duration::from_secs(1);

/// What this replica and the others have counted; clones share it.
#[derive(Clone)]
pub struct Replicas(Arc<Inner>);

struct Inner {
    counts: Cache<(&'static str, usize, Key, Rate), Arc<Count>>,
    /// Those with something new, each once.
    fresh: UnboundedSender<Arc<Count>>,
    /// Taken by whoever adds them up.
    receiver: Mutex<Option<UnboundedReceiver<Arc<Count>>>>,
    shared: AtomicBool,
}

/// What one limit has counted.
struct Count {
    name: String,
    rate: Rate,
    /// Calls that have not been added up.
    new: AtomicU32,
    /// Milliseconds since 1970: until then the limit is reached.
    full_until: AtomicU64,
}

/// What is counted: calls of all callers or of one, to all methods or to one.
pub(super) struct Scope<'a> {
    of: &'static str,
    method: Option<&'a Method>,
    caller: Key,
}

impl<'a> Scope<'a> {
    pub(super) fn new(of: &'static str, method: Option<&'a Method>, caller: Key) -> Self {
        Self { of, method, caller }
    }

    fn index(&self) -> usize {
        self.method.map_or(usize::MAX, Method::index)
    }

    /// The same in all replicas.
    fn name(&self, caller: &str) -> String {
        let method = self.method.map_or("*", Method::full_name);
        format!("{}:{method}:{caller}", self.of)
    }
}

impl Replicas {
    /// Remembers up to `capacity` limits of callers and methods.
    pub fn new(capacity: usize) -> Self {
        let (fresh, receiver) = unbounded_channel();
        Self(Arc::new(Inner {
            counts: Cache::new(capacity),
            fresh,
            receiver: Mutex::new(Some(receiver)),
            shared: AtomicBool::new(false),
        }))
    }

    /// True while the limits are shared; else each replica counts for itself.
    pub fn is_shared(&self) -> bool {
        self.0.shared.load(Relaxed)
    }

    /// Counts a call, unless all replicas together have had too many: then in how much time they may
    /// have more. `caller` is the same in all replicas, and asked for once.
    pub(super) fn check(
        &self,
        scope: Scope<'_>,
        rate: Rate,
        caller: impl FnOnce() -> String,
    ) -> Result<(), Duration> {
        let key = (scope.of, scope.index(), scope.caller, rate);
        let new = || Ok(Arc::new(Count::new(scope.name(&caller()), rate)));
        let count: Result<_, Infallible> = self.0.counts.get_or_insert_with(&key, new);
        let count = count.unwrap_or_else(|never| match never {});
        let full_until = count.full_until.load(Relaxed);
        // Mostly zero: no clock is asked.
        if full_until > 0 {
            let left = full_until.saturating_sub(now());
            if left > 0 {
                return Err(Duration::from_millis(left));
            }
        }
        if count.new.fetch_add(1, Relaxed) == 0 {
            // Without anybody to add up, nothing is shared.
            let _ = self.0.fresh.send(count);
        }
        Ok(())
    }

    /// Adds up by `connection` for as long as it is polled.
    pub async fn watch(self, connection: Connection) {
        let receiver = self.0.receiver.lock();
        let receiver = receiver.unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut fresh) = receiver else {
            return;
        };
        let mut told = None;
        loop {
            sleep(INTERVAL).await;
            let mut counts = Vec::new();
            while let Ok(count) = fresh.try_recv() {
                counts.push(count);
            }
            if counts.is_empty() {
                continue;
            }
            let added = timeout(PATIENCE, add(connection.clone(), &counts)).await;
            let fault = match added {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("no answer in time".to_owned()),
            };
            self.0.shared.store(fault.is_none(), Relaxed);
            // Once for each change.
            match (&told, &fault) {
                (None | Some(true), Some(error)) => {
                    warn!(
                        error,
                        "each replica counts for itself: Redis does not add up"
                    );
                }
                (None | Some(false), None) => info!("the replicas share their rate limits"),
                _ => {}
            }
            told = Some(fault.is_none());
        }
    }
}

/// Adds what is new to the sums, and takes note of those that are full.
async fn add(mut connection: Connection, counts: &[Arc<Count>]) -> Result<(), redis::RedisError> {
    let time = now();
    let mut pipeline = redis::pipe();
    for count in counts {
        let new = count.new.swap(0, Relaxed);
        let key = format!("{}:{}", count.name, time / count.period());
        pipeline.incr(&key, new);
        pipeline
            .pexpire(&key, saturated(count.period() * 2))
            .ignore();
    }
    let sums: Vec<u64> = pipeline.query_async(&mut connection).await?;
    for (count, sum) in counts.iter().zip(sums) {
        if sum >= u64::from(count.rate.count.get()) {
            let end = (time / count.period() + 1) * count.period();
            count.full_until.store(end, Relaxed);
        }
    }
    Ok(())
}

impl Count {
    fn new(name: String, rate: Rate) -> Self {
        let server = env!("CARGO_PKG_NAME").trim_end_matches("-chassis");
        Self {
            name: format!("{server}:rate:{rate}:{name}"),
            rate,
            new: AtomicU32::new(0),
            full_until: AtomicU64::new(0),
        }
    }

    /// Milliseconds.
    fn period(&self) -> u64 {
        u64::try_from(self.rate.per.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = since_1970(SystemTime::now());
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn saturated(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

impl fmt::Debug for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replicas").finish_non_exhaustive()
    }
}
