//! Logs the calls that take longer than they should.
//!
//! In: the end of every call. Out: for a slow one an event at `warn`, with what helps to find out why;
//! the memory in use is read for it alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tracing::warn;

use super::{Observer, code_name};
use crate::call::{Call, Kind, Outcome};
use crate::config::Diagnostics;
use crate::policy::Policy;
use crate::runtime::memory;

/// Knows from when on a call is slow.
#[derive(Debug)]
pub struct Slow {
    /// Nanoseconds.
    unary: AtomicU64,
}

impl Slow {
    /// Calls are slow as `settings` say, unless their policy says otherwise.
    pub fn new(settings: &Diagnostics) -> Self {
        let slow = Self {
            unary: AtomicU64::default(),
        };
        slow.set(settings);
        slow
    }

    /// From now on calls are slow as `settings` say.
    pub fn set(&self, settings: &Diagnostics) {
        let nanos = u64::try_from(settings.slow.as_nanos()).unwrap_or(u64::MAX);
        self.unary.store(nanos, Relaxed);
    }

    /// The time from which on a call of that kind and policy is slow; none: it never is.
    pub fn threshold(&self, kind: Kind, policy: &Policy) -> Option<Duration> {
        // A stream takes as long as it takes.
        let unary = || Duration::from_nanos(self.unary.load(Relaxed));
        let default = (kind == Kind::Unary).then(unary);
        policy.slow.or(default).filter(|slow| !slow.is_zero())
    }
}

impl Observer for Slow {
    fn ended(&self, call: &Arc<Call>, outcome: &Outcome) {
        let Some(threshold) = self.threshold(call.method().kind(), call.policy()) else {
            return;
        };
        if outcome.elapsed > threshold {
            let millis = |duration: Duration| duration.as_micros() as f64 / 1e3;
            warn!(
                method = call.method().full_name(),
                peer = %call.peer(),
                request_id = call.id().as_str(),
                duration_ms = millis(outcome.elapsed),
                threshold_ms = millis(threshold),
                code = code_name(outcome.code),
                resident_bytes = memory::resident(),
                "slow call"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_wins_over_the_settings_and_streams_may_take_their_time() {
        let second = Duration::from_secs(1);
        let threshold = |settings, kind, slow| {
            let policy = Policy {
                slow,
                ..Policy::default()
            };
            Slow::new(&Diagnostics { slow: settings }).threshold(kind, &policy)
        };
        for (settings, kind, policy, expected) in [
            (second, Kind::Unary, None, Some(second)),
            (second, Kind::Unary, Some(2 * second), Some(2 * second)),
            (second, Kind::Unary, Some(Duration::ZERO), None),
            (second, Kind::ServerStreaming, None, None),
            (second, Kind::Bidirectional, Some(second), Some(second)),
            (Duration::ZERO, Kind::Unary, None, None),
            (Duration::ZERO, Kind::Unary, Some(second), Some(second)),
        ] {
            assert_eq!(threshold(settings, kind, policy), expected);
        }
    }
}
