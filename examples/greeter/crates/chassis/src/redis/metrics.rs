//! What Prometheus is told of Redis, when it asks.

use prometheus::IntGauge;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use super::Redis;
use crate::observe::MetricsError;

struct Up {
    redis: Redis,
    up: IntGauge,
}

impl Redis {
    /// The metrics of the connection.
    pub fn collector(&self) -> Result<impl Collector + use<>, MetricsError> {
        let up = IntGauge::new("redis_up", "1 if Redis answered when it was last asked.")?;
        let redis = self.clone();
        Ok(Up { redis, up })
    }
}

impl Collector for Up {
    fn desc(&self) -> Vec<&Desc> {
        self.up.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        if self.redis.0.is_none() {
            return Vec::new();
        }
        self.up.set(self.redis.is_up().into());
        self.up.collect()
    }
}
