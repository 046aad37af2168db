//! How long calls took, as a distribution.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart from longer ones, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// The times of any number of calls, in some 26 KiB.
#[derive(Debug)]
pub(super) struct Times {
    /// In microseconds, two digits of each.
    distribution: Histogram<u64>,
    /// Exact, unlike those of the distribution.
    total: Duration,
    min: Duration,
    max: Duration,
}

/// What there is to say of many times, in milliseconds; 0 if there are none.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) count: u64,
    pub(super) min: f64,
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
}

impl Default for Times {
    fn default() -> Self {
        let distribution = Histogram::new_with_bounds(1, LONGEST, 2)
            .expect("from 1 to more than 2, with two digits");
        Self {
            distribution,
            total: Duration::ZERO,
            min: Duration::MAX,
            max: Duration::ZERO,
        }
    }
}

impl Times {
    /// Adds one; what is longer than an hour counts as an hour in the quantiles.
    pub(super) fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.distribution.saturating_record(micros.min(LONGEST));
        self.total += time;
        self.min = self.min.min(time);
        self.max = self.max.max(time);
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.distribution.len()
    }

    /// What there is to say of them.
    pub(super) fn summary(&self) -> Summary {
        if self.count() == 0 {
            return Summary::default();
        }
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let (min, max) = (millis(self.min), millis(self.max));
        let quantile = |part| {
            let micros = self.distribution.value_at_quantile(part);
            // The end of a step of the distribution may lie beyond the longest time.
            (micros as f64 / 1e3).clamp(min, max)
        };
        Summary {
            count: self.count(),
            min,
            mean: millis(self.total) / self.count() as f64,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(times: impl IntoIterator<Item = Duration>) -> Summary {
        let mut all = Times::default();
        times.into_iter().for_each(|time| all.add(time));
        all.summary()
    }

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() <= 0.01, "{found} {expected}");
    }

    #[test]
    fn quantiles_are_right() {
        let summary = summary((1..=10_000).map(Duration::from_millis));
        assert_eq!(
            (summary.count, summary.min, summary.max),
            (10_000, 1.0, 10_000.0)
        );
        assert_eq!(summary.mean, 5000.5);
        near(summary.p50, 5_000.0);
        near(summary.p90, 9_000.0);
        near(summary.p99, 9_900.0);
        near(summary.p999, 9_990.0);
    }

    #[test]
    fn a_single_time_is_all_there_is() {
        let summary = summary([Duration::from_micros(1234)]);
        let all = [
            summary.min,
            summary.mean,
            summary.p50,
            summary.p999,
            summary.max,
        ];
        assert_eq!(all, [1.234; 5]);
    }

    #[test]
    fn extremes_are_taken() {
        assert_eq!(summary([]), Summary::default());
        assert_eq!(summary([Duration::ZERO]).p999, 0.0);
        let day = summary([Duration::from_secs(86_400)]);
        assert_eq!((day.max, day.p50), (86_400e3, 86_400e3));
        let most = Histogram::<u64>::new_with_bounds(1, LONGEST, 2).unwrap();
        assert!(most.distinct_values() * size_of::<u64>() < 32 << 10);
    }
}
