//! Counts the records that found the queue full, and tells of each burst of them once.
//!
//! A burst is over when nothing has been dropped for a while: the writer tells of it then. One that
//! lasts is told of every few seconds by the calls that add to it: the writer may be stuck.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tracing::warn;

/// How often a burst that lasts is told of.
const PERIOD: Duration = Duration::from_secs(5);
/// A burst is over when nothing was dropped for so long.
const QUIET: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Dropped {
    total: AtomicU64,
    /// How much of `total` has been told.
    told: AtomicU64,
    /// When this burst began or was told of last, in milliseconds after `epoch`; 0: there is none.
    since: AtomicU64,
    epoch: Instant,
}

/// What the writer saw of it, when it looked last.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Seen {
    total: u64,
    time: Duration,
}

impl Dropped {
    pub(super) fn new() -> Self {
        Self {
            total: AtomicU64::new(0),
            told: AtomicU64::new(0),
            since: AtomicU64::new(0),
            epoch: Instant::now(),
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    /// Counts one more.
    pub(super) fn add(&self) {
        if let Some(lost) = self.add_at(self.epoch.elapsed()) {
            tell(lost);
        }
    }

    /// Tells of a burst that is over. Called by the writer alone, often.
    pub(super) fn look(&self, seen: &mut Seen) {
        if let Some(lost) = self.look_at(seen, self.epoch.elapsed()) {
            tell(lost);
        }
    }

    /// Tells of what has not been told, over or not.
    pub(super) fn end(&self) {
        if let Some(lost) = self.untold() {
            tell(lost);
        }
    }

    /// Counts one more; how many are to be told of now.
    fn add_at(&self, now: Duration) -> Option<u64> {
        self.total.fetch_add(1, Relaxed);
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX).max(1);
        let since = self.since.load(Relaxed);
        if since > 0 && u128::from(now.saturating_sub(since)) < PERIOD.as_millis() {
            return None;
        }
        // Many calls may come here at once; one of them begins the burst, or tells.
        let swapped = self.since.compare_exchange(since, now, Relaxed, Relaxed);
        match swapped {
            Ok(0) | Err(_) => None,
            Ok(_) => self.untold(),
        }
    }

    /// How many are to be told of now.
    fn look_at(&self, seen: &mut Seen, now: Duration) -> Option<u64> {
        let total = self.total();
        if total != seen.total {
            *seen = Seen { total, time: now };
            return None;
        }
        if now.saturating_sub(seen.time) < QUIET {
            return None;
        }
        self.since.store(0, Relaxed);
        self.untold()
    }

    fn untold(&self) -> Option<u64> {
        let total = self.total();
        let told = self.told.fetch_max(total, Relaxed);
        (total > told).then(|| total - told)
    }
}

fn tell(lost: u64) {
    warn!(lost, "audit records were dropped: the queue was full");
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_told_of_once_when_it_is_over() {
        let (dropped, mut seen) = (Dropped::new(), Seen::default());
        for step in 1..=9 {
            let now = SECOND * step / 10;
            assert_eq!(dropped.add_at(now), None);
            assert_eq!(dropped.look_at(&mut seen, now), None);
            // The writer may look often.
            assert_eq!(dropped.look_at(&mut seen, now), None);
        }
        assert_eq!(dropped.look_at(&mut seen, SECOND), None);
        assert_eq!(dropped.look_at(&mut seen, SECOND * 2), Some(9));
        assert_eq!(dropped.look_at(&mut seen, SECOND * 9), None);

        assert_eq!(dropped.add_at(SECOND * 10), None);
        assert_eq!(dropped.look_at(&mut seen, SECOND * 10), None);
        assert_eq!(dropped.look_at(&mut seen, SECOND * 11), Some(1));
        assert_eq!(dropped.total(), 10);
    }

    #[test]
    fn a_burst_that_lasts_is_told_of_by_the_calls() {
        let dropped = Dropped::new();
        let told: Vec<_> = (100..112)
            .filter_map(|second| dropped.add_at(SECOND * second))
            .collect();
        assert_eq!(told, [6, 5]);
        assert_eq!(dropped.untold(), Some(1));
        assert_eq!(dropped.untold(), None);
    }
}
