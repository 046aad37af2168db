//! Spans that do not reach the collector are told to Prometheus.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use chassis::config::{Config, Ratio};

use harness::{Server, call, closed_port};

mod harness;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_collector_does_not_get_is_a_metric() {
    let mut config = Config::default();
    let endpoint = format!("http://127.0.0.1:{}", closed_port());
    config.tracing.endpoint = endpoint.try_into().unwrap();
    config.tracing.ratio = Ratio::try_from(1.0).unwrap();
    let server = Server::start_with(config).await;
    let channel = server.connect().await;
    for _ in 0..3 {
        call(&channel, "Fail").await.unwrap_err();
    }
    server.settled().await;
    server.shared.traces.end(Duration::from_secs(20)).await;
    assert_eq!(server.shared.traces.lost(), 3);
    let text = server.shared.metrics.text();
    let line = "trace_spans_lost_total 3";
    assert!(text.lines().any(|found| found == line), "{text}");
}
