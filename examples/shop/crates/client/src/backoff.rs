//! How long to wait between attempts to connect, as gRPC's document "connection backoff" says.

use std::time::Duration;

use crate::settings::Connecting;

/// The waits between the attempts of one address.
///
/// A wait counts from the start of an attempt: one that takes longer is followed at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The time from the start of the attempt that failed to the start of the next one.
    pub(crate) fn next(&mut self, settings: &Connecting) -> Duration {
        let base = settings.backoff.as_secs_f64();
        let grown = base * settings.backoff_factor.powi(self.failures.min(1000) as i32);
        self.failures = self.failures.saturating_add(1);
        let wait = grown.min(settings.backoff_max.as_secs_f64());
        let jitter = settings.backoff_jitter * (2.0 * fastrand::f64() - 1.0);
        Duration::try_from_secs_f64(wait * (1.0 + jitter)).unwrap_or(settings.backoff_max)
    }

    /// Begins anew: an attempt succeeded.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Attempts that failed since one succeeded.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit_and_begin_anew() {
        let settings = Connecting {
            backoff_jitter: 0.0,
            ..Connecting::default()
        };
        let mut backoff = Backoff::default();
        let mut millis = || backoff.next(&settings).as_millis();
        assert_eq!([millis(), millis(), millis()], [1000, 1600, 2560]);
        for _ in 0..5000 {
            millis();
        }
        assert_eq!(millis(), 120_000);
        backoff.reset();
        assert_eq!(backoff.next(&settings).as_millis(), 1000);
    }

    #[test]
    fn waits_differ_by_a_fifth() {
        let settings = Connecting::default();
        let waits = (0..1000).map(|_| Backoff::default().next(&settings).as_secs_f64());
        let (mut least, mut most) = (f64::MAX, 0.0_f64);
        for wait in waits {
            assert!((0.8..=1.2).contains(&wait), "{wait}");
            least = least.min(wait);
            most = most.max(wait);
        }
        assert!(least < 0.85 && most > 1.15, "{least} to {most}");
    }
}
