//! What the rounds of a way say together, as a line of a table and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::caller::Way;
use crate::Error;
use crate::command::median;
use crate::load::{Run, latencies};

/// The quantiles that are shown.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// Calls per second: of time, and of what the server and the client spent on processors.
///
/// What else the machine does takes time, but not theirs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates([f64; 3]);

/// What the server and the client have spent, where the system tells.
type Busy = (Option<Duration>, Option<Duration>);

impl Rates {
    /// Of a run, with what was spent before and after it.
    pub(crate) fn of(run: &Run, before: Busy, after: Busy) -> Self {
        let calls = run.latency.len() as f64;
        let per = |before: Option<Duration>, after: Option<Duration>| {
            let spent = after.zip(before).map(|(after, before)| after - before);
            spent.map_or(f64::NAN, |spent| calls / spent.as_secs_f64())
        };
        Self([
            calls / run.elapsed.as_secs_f64(),
            per(before.0, after.0),
            per(before.1, after.1),
        ])
    }
}

/// The rounds of one way.
#[derive(Debug)]
pub(crate) struct Report {
    pub(super) way: Way,
    rates: Vec<f64>,
    /// Each kind of rate as a multiple of the first way's in the same round.
    ratios: [Vec<f64>; 3],
    latency: hdrhistogram::Histogram<u64>,
}

impl Report {
    /// Before the first round.
    pub(crate) fn new(way: Way) -> Result<Self, Error> {
        Ok(Self {
            way,
            rates: Vec::new(),
            ratios: Default::default(),
            latency: latencies()?,
        })
    }

    /// Adds a round.
    pub(crate) fn add(&mut self, run: Run, rates: Rates, first: Rates) -> Result<(), Error> {
        self.rates.push(rates.0[0]);
        for (kind, ratios) in self.ratios.iter_mut().enumerate() {
            ratios.push(rates.0[kind] / first.0[kind]);
        }
        self.latency.add(run.latency)?;
        Ok(())
    }

    /// The median of the ratios.
    pub(crate) fn ratio(&self) -> f64 {
        median(&self.ratios[0])
    }

    /// The heads of [`Self::line`].
    pub(crate) fn heads() -> String {
        let quantiles = QUANTILES.map(|(name, _)| format!("{name:>9}")).concat();
        format!(
            "{:<12}{:>10}{:>8}{:>8}{:>8}{quantiles}{:>9}",
            "client", "calls/s", "ratio", "server", "client", "max"
        )
    }

    /// The rounds in a line; latencies in microseconds.
    pub(crate) fn line(&self) -> String {
        let quantile = |(_, quantile)| format!("{:>9}", self.latency.value_at_quantile(quantile));
        let quantiles = QUANTILES.map(quantile).concat();
        let ratios = self.ratios.each_ref().map(|ratios| median(ratios));
        let ratios = ratios.map(|ratio| format!("{ratio:>8.2}")).concat();
        let (name, rate, max) = (self.way.name(), median(&self.rates), self.latency.max());
        format!("{name:<12}{rate:>10.0}{ratios}{quantiles}{max:>9}")
    }

    /// The rounds for programs; latencies in microseconds.
    pub(crate) fn json(&self) -> Value {
        let quantile = |(name, quantile): (&str, f64)| {
            let value = self.latency.value_at_quantile(quantile);
            (name.to_owned(), Value::from(value))
        };
        json!({
            "client": self.way.name(),
            "calls": self.latency.len(),
            "calls_per_second": self.rates,
            "ratios": self.ratios[0],
            "ratio": self.ratio(),
            "ratio_per_server_second": median(&self.ratios[1]),
            "ratio_per_client_second": median(&self.ratios[2]),
            "latency": Value::Object(QUANTILES.map(quantile).into_iter().collect()),
            "max": self.latency.max(),
        })
    }
}
