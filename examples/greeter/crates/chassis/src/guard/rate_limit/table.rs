//! The limit of each caller, in a table that does not grow beyond its bound.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use quick_cache::sync::Cache;

use super::wait;

/// The hash of a caller. Two callers that share one share a limit, which is rare and harmless.
pub(super) type Key = u64;

/// One limit for each caller.
///
/// The callers that were not seen for longest make room for new ones; should one come back, its
/// bucket is full again.
pub(super) struct Callers {
    buckets: Store,
    limiter: RateLimiter<Key, Store, DefaultClock>,
    epoch: Instant,
}

impl Callers {
    /// Remembers up to `capacity` callers.
    pub(super) fn new(quota: Quota, capacity: usize) -> Self {
        let buckets = Store(Arc::new(Cache::new(capacity)));
        Self {
            limiter: RateLimiter::new(quota, buckets.clone(), DefaultClock::default()),
            buckets,
            epoch: Instant::now(),
        }
    }

    /// Counts a call, unless the caller has had too many: then it has to wait for so long.
    pub(super) fn check(&self, key: Key) -> Result<(), Duration> {
        self.limiter.check_key(&key).map_err(|until| {
            let wait = wait(&until);
            let until = (self.epoch.elapsed() + wait).as_nanos();
            let until = u64::try_from(until).unwrap_or(u64::MAX);
            self.buckets.of(&key).empty_until.store(until, Relaxed);
            wait
        })
    }

    /// Whether the caller still has to wait after a call that was refused; counts nothing.
    pub(super) fn admit(&self, key: Key) -> Result<(), Duration> {
        let bucket = self.buckets.0.get(&key);
        let until = bucket.map_or(0, |bucket| bucket.empty_until.load(Relaxed));
        let until = Duration::from_nanos(until);
        match until.saturating_sub(self.epoch.elapsed()) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        }
    }
}

impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callers").finish_non_exhaustive()
    }
}

/// What is known of one caller.
#[derive(Debug, Default)]
struct Bucket {
    state: InMemoryState,
    /// Nanoseconds since the epoch: a call was refused, and others will be until then.
    empty_until: AtomicU64,
}

/// The bucket of each caller; clones share them.
#[derive(Debug, Clone)]
struct Store(Arc<Cache<Key, Arc<Bucket>>>);

impl Store {
    fn of(&self, key: &Key) -> Arc<Bucket> {
        // Of two calls that are the first of their caller, one makes the bucket.
        let bucket: Result<_, Infallible> = self.0.get_or_insert_with(key, || Ok(Arc::default()));
        bucket.unwrap_or_else(|never| match never {})
    }
}

impl StateStore for Store {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let bucket = self.of(key);
        bucket.state.measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn each_caller_has_its_own_limit() {
        let callers = Callers::new(Quota::per_hour(NonZeroU32::MIN), 10);
        let (ann, bob) = (1, 2);
        assert!(callers.check(ann).is_ok());
        assert!(callers.check(ann).is_err());
        assert!(callers.check(bob).is_ok());
    }

    #[test]
    fn a_caller_that_was_refused_is_not_admitted_until_it_may_call_again() {
        let period = Duration::from_millis(50);
        let quota = Quota::with_period(period).unwrap();
        let callers = Callers::new(quota, 10);
        let (ann, bob) = (1, 2);
        assert!(callers.admit(ann).is_ok());
        callers.check(ann).unwrap();
        // Nobody knows yet that the next one would be too many.
        assert!(callers.admit(ann).is_ok());
        callers.check(ann).unwrap_err();
        assert!(callers.admit(ann).unwrap_err() <= period);
        assert!(callers.admit(bob).is_ok());
        std::thread::sleep(period);
        assert!(callers.admit(ann).is_ok());
    }

    #[test]
    fn the_table_does_not_grow_beyond_its_bound() {
        let callers = Callers::new(Quota::per_hour(NonZeroU32::MIN), 1000);
        for caller in 0..100_000 {
            let _ = callers.check(caller);
        }
        let known = callers.buckets.0.len();
        assert!(known <= 1000, "{known}");
    }
}
