//! What Prometheus is told of the connections, when it asks.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, IntGaugeVec, Opts};

use super::Postgres;
use crate::observe::{MetricsError, whole};

struct Connections {
    postgres: Postgres,
    connections: IntGaugeVec,
    waiting: IntGauge,
    most: IntGauge,
}

impl Postgres {
    /// The metrics of the connections.
    pub fn collector(&self) -> Result<impl Collector + use<>, MetricsError> {
        let connections = Opts::new(
            "postgres_connections",
            "Connections to the database, by state: idle, used.",
        );
        Ok(Connections {
            postgres: self.clone(),
            connections: IntGaugeVec::new(connections, &["state"])?,
            waiting: IntGauge::new("postgres_waiting", "Those who wait for a connection.")?,
            most: IntGauge::new(
                "postgres_connections_max",
                "Connections at one time, at most.",
            )?,
        })
    }
}

impl Collector for Connections {
    fn desc(&self) -> Vec<&Desc> {
        let parts = [
            self.connections.desc(),
            self.waiting.desc(),
            self.most.desc(),
        ];
        parts.concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Some(inner) = &self.postgres.0 else {
            return Vec::new();
        };
        let status = inner.pool.status();
        let set = |state, count| {
            self.connections
                .with_label_values(&[state])
                .set(whole(count))
        };
        set("idle", status.available);
        set("used", status.size.saturating_sub(status.available));
        self.waiting.set(whole(status.waiting));
        self.most.set(whole(status.max_size));
        let parts = [
            self.connections.collect(),
            self.waiting.collect(),
            self.most.collect(),
        ];
        parts.concat()
    }
}
