//! What Prometheus is told of shared limits, when it asks.

use prometheus::IntGauge;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use super::Replicas;
use crate::observe::MetricsError;

struct Shared {
    replicas: Replicas,
    shared: IntGauge,
}

impl Replicas {
    /// The metrics of shared limits.
    pub fn collector(&self) -> Result<impl Collector + use<>, MetricsError> {
        let help = "1 if the replicas share their rate limits, 0 if each counts for itself.";
        let shared = IntGauge::new("rate_limits_shared", help)?;
        let replicas = self.clone();
        Ok(Shared { replicas, shared })
    }
}

impl Collector for Shared {
    fn desc(&self) -> Vec<&Desc> {
        self.shared.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.shared.set(self.replicas.is_shared().into());
        self.shared.collect()
    }
}
