//! How often something happens, on average of the last minute.
//!
//! In: counts, noted at intervals. Nothing is done when the thing happens.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How often counts are noted.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// How many notes are kept: a minute, from its first note to its last.
const NOTES: usize = 13;

/// The counts of several things, as they were.
#[derive(Debug)]
pub(super) struct Rates(VecDeque<(Instant, Vec<u64>)>);

impl Rates {
    /// Nothing has happened yet, to any of that many things.
    pub(super) fn new(now: Instant, things: usize) -> Self {
        Self(VecDeque::from([(now, vec![0; things])]))
    }

    /// Notes the counts of all things.
    pub(super) fn note(&mut self, now: Instant, counts: Vec<u64>) {
        if self.0.len() == NOTES {
            self.0.pop_front();
        }
        self.0.push_back((now, counts));
    }

    /// How often the thing at `index`, whose count is `count` now, has happened in a second.
    pub(super) fn per_second(&self, now: Instant, index: usize, count: u64) -> f64 {
        let Some((then, counts)) = self.0.front() else {
            return 0.0;
        };
        let seconds = now.saturating_duration_since(*then).as_secs_f64();
        // A call in the first millisecond is not a thousand in a second.
        count.saturating_sub(counts[index]) as f64 / seconds.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_minute() {
        let start = Instant::now();
        let mut rates = Rates::new(start, 2);
        assert_eq!(rates.per_second(start, 1, 3), 3.0);
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(rates.per_second(after(2), 1, 3), 1.5);

        // A thousand calls in the first five seconds, then two in each.
        for notes in 1..=100 {
            rates.note(after(notes * 5), vec![0, 1000 + (notes - 1) * 10]);
            assert!(rates.0.len() <= NOTES);
        }
        assert_eq!(rates.per_second(after(500), 1, 1990), 2.0);
        assert_eq!(rates.per_second(after(500), 0, 0), 0.0);
        assert_eq!(rates.per_second(after(560), 1, 1990), 1.0);
    }
}
