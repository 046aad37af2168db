//! Decides which calls are sampled.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use opentelemetry::trace::TraceId;

use crate::call::Trace;
use crate::config::Ratio;

/// Lets the caller decide; where a trace begins, its id does.
///
/// The rule is that of OpenTelemetry's `TraceIdRatioBased`: all parts of a system that have the
/// same ratio come to the same decision.
#[derive(Debug)]
pub(super) struct Sampler {
    /// Ids below it are taken.
    bound: AtomicU64,
}

impl Sampler {
    pub(super) fn new(ratio: Ratio) -> Self {
        let bound = AtomicU64::new(bound(ratio));
        Self { bound }
    }

    pub(super) fn set(&self, ratio: Ratio) {
        self.bound.store(bound(ratio), Relaxed);
    }

    pub(super) fn takes(&self, trace: &Trace) -> bool {
        trace
            .parent_sampled()
            .unwrap_or_else(|| self.begins(trace.trace_id()))
    }

    fn begins(&self, trace_id: TraceId) -> bool {
        let [_, _, _, _, _, _, _, _, low @ ..] = trace_id.to_bytes();
        u64::from_be_bytes(low) >> 1 < self.bound.load(Relaxed)
    }
}

/// The share of all ids of 63 bits.
fn bound(ratio: Ratio) -> u64 {
    (ratio.get() * (1_u64 << 63) as f64) as u64
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::SpanKind;
    use opentelemetry_sdk::trace::{Sampler as Standard, SamplingDecision, ShouldSample};

    use super::*;

    #[test]
    fn ids_are_taken_as_the_standard_takes_them() {
        let mut random = fastrand::Rng::with_seed(7);
        let ids: Vec<_> = (0..20_000)
            .map(|_| TraceId::from(random.u128(1..)))
            .collect();
        for ratio in [0.0, 1e-9, 0.1, 0.5, 0.999, 1.0] {
            let ours = Sampler::new(Ratio::try_from(ratio).unwrap());
            let standard = Standard::TraceIdRatioBased(ratio);
            let mut taken = 0.0;
            for id in &ids {
                let expected = standard.should_sample(None, *id, "", &SpanKind::Server, &[], &[]);
                let expected = expected.decision == SamplingDecision::RecordAndSample;
                assert_eq!(ours.begins(*id), expected, "{ratio} {id}");
                taken += f64::from(u8::from(expected));
            }
            assert!((taken / 20_000.0 - ratio).abs() < 0.01, "{ratio}: {taken}");
        }
    }

    #[test]
    fn the_ratio_may_change() {
        let sampler = Sampler::new(Ratio::try_from(0.0).unwrap());
        let largest = TraceId::from(u128::MAX);
        assert!(!sampler.begins(largest));
        sampler.set(Ratio::try_from(1.0).unwrap());
        assert!(sampler.begins(largest));
    }
}
