//! The stats of channels as Prometheus metrics.
//!
//! Read when they are scraped, so that no call pays for them.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntCounterVec, IntGaugeVec, Opts};

use crate::Channel;
use crate::pool::State;

/// The states, by their labels.
const STATES: [(State, &str); 4] = [
    (State::Idle, "idle"),
    (State::Connecting, "connecting"),
    (State::Ready, "ready"),
    (State::TransientFailure, "transient_failure"),
];

/// The metrics of channels, for `registry.register(Box::new(Metrics::new([channel])?))`.
#[derive(Debug)]
pub struct Metrics {
    channels: Vec<Channel>,
    describes: Vec<Desc>,
}

/// One scrape.
struct Families {
    state: IntGaugeVec,
    connections: IntGaugeVec,
    in_flight: IntGaugeVec,
    calls: IntCounterVec,
    failures: IntCounterVec,
    retries: IntCounterVec,
    hedges: IntCounterVec,
}

impl Families {
    fn new() -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str, labels: &[&str]| {
            IntGaugeVec::new(Opts::new(name, help), labels)
        };
        let counter = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        Ok(Self {
            state: gauge(
                "grpc_client_state",
                "1 for the state that the target is in",
                &["target", "state"],
            )?,
            connections: gauge(
                "grpc_client_connections",
                "Connections by what they can do",
                &["target", "address", "state"],
            )?,
            in_flight: gauge(
                "grpc_client_in_flight",
                "Calls that have not ended",
                &["target", "address"],
            )?,
            calls: counter(
                "grpc_client_attempts_total",
                "Attempts that were sent, retries included",
                &["target", "address"],
            )?,
            failures: counter(
                "grpc_client_failures_total",
                "Attempts that were answered with UNAVAILABLE, or not in time",
                &["target", "address"],
            )?,
            retries: counter(
                "grpc_client_retries_total",
                "Attempts after the first one, by whether the budget allowed them",
                &["target", "allowed"],
            )?,
            hedges: counter(
                "grpc_client_hedges_total",
                "Attempts beside one that had not ended",
                &["target"],
            )?,
        })
    }

    fn collectors(&self) -> [&dyn Collector; 7] {
        [
            &self.state,
            &self.connections,
            &self.in_flight,
            &self.calls,
            &self.failures,
            &self.retries,
            &self.hedges,
        ]
    }

    fn add(&self, channel: &Channel) {
        let (stats, target) = (channel.stats(), channel.settings().target.as_str());
        for (state, name) in STATES {
            let now = i64::from(state == stats.state);
            self.state.with_label_values(&[target, name]).set(now);
        }
        let retries = |allowed, count| {
            self.retries
                .with_label_values(&[target, allowed])
                .inc_by(count)
        };
        retries("yes", stats.retries);
        retries("no", stats.retries_refused);
        self.hedges
            .with_label_values(&[target])
            .inc_by(stats.hedges);
        for endpoint in stats.endpoints {
            let address = endpoint.address.as_str();
            let connections = [
                ("ready", endpoint.ready),
                ("unhealthy", endpoint.unhealthy),
                ("connecting", usize::from(endpoint.connecting)),
            ];
            for (state, count) in connections {
                let gauge = self
                    .connections
                    .with_label_values(&[target, address, state]);
                gauge.set(count as i64);
            }
            let labels = [target, address];
            let in_flight = self.in_flight.with_label_values(&labels);
            in_flight.set(endpoint.in_flight as i64);
            self.calls.with_label_values(&labels).inc_by(endpoint.calls);
            let failures = self.failures.with_label_values(&labels);
            failures.inc_by(endpoint.failures);
        }
    }
}

impl Metrics {
    /// The metrics of these channels, which they keep open. Each needs a target of its own.
    pub fn new(channels: impl IntoIterator<Item = Channel>) -> Result<Self, prometheus::Error> {
        let families = Families::new()?;
        let describes = families.collectors().into_iter();
        let describes = describes.flat_map(|family| family.desc().into_iter().cloned());
        Ok(Self {
            channels: channels.into_iter().collect(),
            describes: describes.collect(),
        })
    }
}

impl Collector for Metrics {
    fn desc(&self) -> Vec<&Desc> {
        self.describes.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // They could be made in `new`, so they can be made here.
        let Ok(families) = Families::new() else {
            return Vec::new();
        };
        for channel in &self.channels {
            families.add(channel);
        }
        let collectors = families.collectors().into_iter();
        collectors.flat_map(Collector::collect).collect()
    }
}
