//! Metrics by label look-up, each time.

use std::time::Instant;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts};

use super::observe::{Boxed, labels, observe};

/// Counts and times calls.
pub(super) fn layer(service: Boxed) -> Boxed {
    let requests = Opts::new("requests_total", "calls");
    let requests = IntCounterVec::new(requests, &["method", "status", "service"]);
    let durations = HistogramOpts::new("duration_seconds", "durations");
    let durations = HistogramVec::new(durations, &["method", "service"]);
    let in_flight = Opts::new("in_flight", "calls now");
    let in_flight = IntGaugeVec::new(in_flight, &["method", "service"]);
    let (Ok(requests), Ok(durations), Ok(in_flight)) = (requests, durations, in_flight) else {
        return service;
    };
    observe(service, move |request| {
        let (service, method) = labels(request);
        in_flight.with_label_values(&[&method, &service]).inc();
        let start = Instant::now();
        let (requests, durations) = (requests.clone(), durations.clone());
        let in_flight = in_flight.clone();
        Box::new(move |code| {
            in_flight.with_label_values(&[&method, &service]).dec();
            let status = format!("{code:?}");
            requests
                .with_label_values(&[&method, &status, &service])
                .inc();
            durations
                .with_label_values(&[&method, &service])
                .observe(start.elapsed().as_secs_f64());
        })
    })
}
