//! What Prometheus is told of short memory, when it asks.

use prometheus::IntGauge;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use super::MetricsError;
use crate::guard::Pressure;
use crate::runtime::memory::Limit;

/// The limit of memory, and whether it is reached.
pub struct MemoryPressure {
    limit: Limit,
    pressure: Pressure,
    bytes: IntGauge,
    short: IntGauge,
}

impl MemoryPressure {
    /// The metrics of these.
    pub fn new(limit: Limit, pressure: Pressure) -> Result<Self, MetricsError> {
        Ok(Self {
            limit,
            pressure,
            bytes: IntGauge::new(
                "memory_limit_bytes",
                "Resident memory from which on new calls are refused; 0 if there is no limit.",
            )?,
            short: IntGauge::new("memory_short", "1 while new calls are refused for memory.")?,
        })
    }
}

impl Collector for MemoryPressure {
    fn desc(&self) -> Vec<&Desc> {
        [self.bytes.desc(), self.short.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let limit = self.limit.get().unwrap_or_default();
        self.bytes.set(i64::try_from(limit).unwrap_or(i64::MAX));
        self.short.set(self.pressure.is_high().into());
        [self.bytes.collect(), self.short.collect()].concat()
    }
}
