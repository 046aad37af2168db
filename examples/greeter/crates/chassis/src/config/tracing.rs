//! Section `tracing`: which calls are traced, and where their spans go.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use http::Uri;
use serde::{Deserialize, Serialize};

use super::Levels;
use super::fault::Contradiction;
use super::units::DurationText;

/// Which calls are traced, and where their spans go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Tracing {
    /// Exports spans at all. Default `true`.
    pub enabled: bool,
    /// Where the collector takes OTLP by gRPC. Default `"http://127.0.0.1:4317"`.
    pub endpoint: Collector,
    /// Share of the traces that begin here which are sampled; in others the caller decides.
    ///
    /// Default `0.1`.
    pub ratio: Ratio,
    /// Least level of the handlers' own spans, also per module. Default `"info"`.
    pub spans: Levels,
    /// `service.name` of all spans. Default: the name of the server.
    pub service_name: String,
    /// More attributes of the resource, by name; they win over the server's own. Default `{}`.
    pub resource: BTreeMap<String, String>,
    /// Spans that wait to be exported; further ones are lost. Default `2048`.
    pub queue: NonZeroUsize,
    /// Most spans that are exported at once. Default `512`.
    pub batch: NonZeroUsize,
    /// Longest wait for a batch to fill. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub delay: Duration,
    /// Longest time that one export may take, with its retries. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub timeout: Duration,
}

impl Default for Tracing {
    fn default() -> Self {
        Self {
            enabled: true,
            endpoint: Collector("http://127.0.0.1:4317".to_owned()),
            ratio: Ratio(0.1),
            spans: Levels::default(),
            // The crates of the workspace are named after the server.
            service_name: env!("CARGO_PKG_NAME")
                .trim_end_matches("-chassis")
                .to_owned(),
            resource: BTreeMap::new(),
            queue: NonZeroUsize::new(2048).expect("2048 is not 0"),
            batch: NonZeroUsize::new(512).expect("512 is not 0"),
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
        }
    }
}

impl Tracing {
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        if self.batch <= self.queue {
            return Vec::new();
        }
        let (batch, queue) = (self.batch, self.queue);
        let message = format!("a batch of {batch} never fills, as `tracing.queue` holds {queue}");
        vec![Contradiction::new(
            ["tracing.batch", "tracing.queue"],
            message,
        )]
    }
}

/// The address of a collector, such as `http://127.0.0.1:4317`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("pattern" = "^http://[^/]")))]
#[serde(try_from = "String", into = "String")]
pub struct Collector(String);

impl Collector {
    /// The address as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Collector {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse::<Uri>() {
            Ok(uri) if uri.scheme_str() == Some("http") && uri.host().is_some() => Ok(Self(text)),
            _ => Err(format!(
                "expected an address without TLS, such as `http://127.0.0.1:4317`, found `{text}`"
            )),
        }
    }
}

impl From<Collector> for String {
    fn from(collector: Collector) -> Self {
        collector.0
    }
}

/// A share, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("minimum" = 0, "maximum" = 1)))]
#[serde(try_from = "f64", into = "f64")]
pub struct Ratio(f64);

impl Ratio {
    /// The share as a number from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Ratio {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&share) {
            Ok(Self(share))
        } else {
            Err(format!("expected a share from 0 to 1, found `{share}`"))
        }
    }
}

impl From<Ratio> for f64 {
    fn from(ratio: Ratio) -> Self {
        ratio.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_checked() {
        for good in [0.0, 0.1, 1.0] {
            assert_eq!(Ratio::try_from(good).unwrap().get(), good);
        }
        for bad in [-0.1, 1.1, 10.0, f64::NAN, f64::INFINITY] {
            assert!(Ratio::try_from(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn collectors_are_checked() {
        let checked = |text: &str| Collector::try_from(text.to_owned());
        assert!(checked("http://collector.monitoring:4317").is_ok());
        for bad in [
            "",
            "collector:4317",
            "https://collector:4317",
            "http://",
            "/v1/traces",
        ] {
            assert!(checked(bad).unwrap_err().contains("such as"), "{bad}");
        }
    }
}
