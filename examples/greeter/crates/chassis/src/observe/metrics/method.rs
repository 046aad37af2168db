//! The metrics of the calls, by method.

use std::sync::{Arc, OnceLock};

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};
use tonic::Code;

use super::sampled::registered;
use crate::call::Method;
use crate::observe::{CODES, code_name};

/// Upper bounds of the durations that are counted together, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The metrics of all methods.
pub(super) struct Families {
    requests: IntCounterVec,
    duration: HistogramVec,
    in_flight: IntGaugeVec,
    received: IntCounterVec,
    sent: IntCounterVec,
}

impl Families {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let labels = &["method", "service"];
        let counter = |name: &str, help: &str, labels: &[&str]| {
            registered(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let duration = HistogramOpts::new(
            "grpc_request_duration_seconds",
            "Time from the headers of a call to its end.",
        );
        let in_flight = Opts::new(
            "grpc_requests_in_flight",
            "Calls that have started and not ended.",
        );
        Ok(Self {
            requests: counter(
                "grpc_requests_total",
                "Calls that have ended, by their status.",
                &["method", "status", "service"],
            )?,
            duration: registered(
                registry,
                HistogramVec::new(duration.buckets(BUCKETS.to_vec()), labels)?,
            )?,
            in_flight: registered(registry, IntGaugeVec::new(in_flight, labels)?)?,
            received: counter(
                "grpc_messages_received_total",
                "Messages that callers have sent.",
                labels,
            )?,
            sent: counter(
                "grpc_messages_sent_total",
                "Messages that callers have been sent.",
                labels,
            )?,
        })
    }

    /// The handles of `method`.
    pub(super) fn of(&self, method: &Arc<Method>) -> Result<Handles, prometheus::Error> {
        let labels = &[method.name(), method.service()];
        Ok(Handles {
            method: Arc::clone(method),
            family: self.requests.clone(),
            requests: Default::default(),
            duration: self.duration.get_metric_with_label_values(labels)?,
            in_flight: self.in_flight.get_metric_with_label_values(labels)?,
            received: self.received.get_metric_with_label_values(labels)?,
            sent: self.sent.get_metric_with_label_values(labels)?,
        })
    }
}

/// The metrics of one method, which need no look-up any more.
#[derive(Debug)]
pub(super) struct Handles {
    method: Arc<Method>,
    family: IntCounterVec,
    requests: [OnceLock<IntCounter>; CODES],
    pub(super) duration: Histogram,
    pub(super) in_flight: IntGauge,
    pub(super) received: IntCounter,
    pub(super) sent: IntCounter,
}

impl Handles {
    /// The calls that ended with `code`; there from the first one on, as most codes never occur.
    pub(super) fn requests(&self, code: Code) -> &IntCounter {
        self.requests[code as usize].get_or_init(|| {
            let labels = [self.method.name(), code_name(code), self.method.service()];
            self.family.with_label_values(&labels)
        })
    }
}
