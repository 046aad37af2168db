//! What Prometheus is told of reloads, when it asks.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, IntCounterVec, IntGauge, Opts};

use super::Settings;
use crate::observe::{MetricsError, whole};
use crate::runtime::time::since_1970;

/// The metrics of the reloads of `settings`.
struct Reloads {
    settings: Settings,
    reloads: IntCounterVec,
    since: Gauge,
    generation: IntGauge,
    waiting: IntGauge,
}

impl Settings {
    /// The metrics of reloads.
    pub fn collector(&self) -> Result<impl Collector + use<>, MetricsError> {
        let reloads = Opts::new(
            "config_reloads_total",
            "Reloads of the settings, by result: applied, unchanged, refused.",
        );
        Ok(Reloads {
            settings: self.clone(),
            reloads: IntCounterVec::new(reloads, &["result"])?,
            since: Gauge::new(
                "config_last_reload_timestamp_seconds",
                "When the settings in force were taken.",
            )?,
            generation: IntGauge::new(
                "config_generation",
                "How many settings have been in force, these included.",
            )?,
            waiting: IntGauge::new(
                "config_keys_waiting_for_restart",
                "Keys with another value in the file than in force.",
            )?,
        })
    }
}

impl Collector for Reloads {
    fn desc(&self) -> Vec<&Desc> {
        let mut all = self.reloads.desc();
        all.extend(self.since.desc());
        all.extend(self.generation.desc());
        all.extend(self.waiting.desc());
        all
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let status = self.settings.status();
        self.reloads.reset();
        for (result, count) in [
            ("applied", status.applied),
            ("unchanged", status.unchanged),
            ("refused", status.refused),
        ] {
            self.reloads.with_label_values(&[result]).inc_by(count);
        }
        self.since.set(since_1970(status.since()).as_secs_f64());
        self.generation.set(whole(status.generation));
        self.waiting.set(whole(status.waiting.len()));
        let mut all = self.reloads.collect();
        all.extend(self.since.collect());
        all.extend(self.generation.collect());
        all.extend(self.waiting.collect());
        all
    }
}
