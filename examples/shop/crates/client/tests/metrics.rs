//! The client's metrics, as they are scraped.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use client::Metrics;
use harness::{Behaviour, DO, SAY, Server};
use prometheus::{Registry, TextEncoder};

mod harness;

/// The value of a line of the metrics; none if there is no such line.
fn value(registry: &Registry, line: &str) -> Option<u64> {
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    let value = text.lines().find_map(|found| found.strip_prefix(line));
    value.map(|value| value.trim().parse().unwrap())
}

#[tokio::test]
async fn attempts_connections_and_states_are_counted() {
    let (one, other) = (Server::start().await, Server::start().await);
    let mut settings = harness::settings(harness::target(&[&one, &other]));
    settings.outliers.failures = 0;
    settings.retries.burst = 5;
    let target = settings.target.clone();
    let channel = harness::open(&settings);
    let registry = Registry::new();
    let metrics = Metrics::new([channel.clone()]).unwrap();
    registry.register(Box::new(metrics)).unwrap();
    let state = |state: &str| {
        let line = format!("grpc_client_state{{state=\"{state}\",target=\"{target}\"}}");
        value(&registry, &line)
    };
    assert_eq!((state("idle"), state("ready")), (Some(1), Some(0)));

    harness::unary(&channel, DO).await.unwrap();
    harness::connected(&channel).await;
    assert_eq!((state("idle"), state("ready")), (Some(0), Some(1)));
    other.behave(Behaviour::Fails(14, None));
    for _ in 0..200 {
        let _ = harness::unary(&channel, SAY).await;
    }
    let of = |name: &str, server: &Server| {
        let address = server.address();
        let line = format!("{name}{{address=\"{address}\",target=\"{target}\"}}");
        value(&registry, &line).unwrap()
    };
    let (attempts, failures) = ("grpc_client_attempts_total", "grpc_client_failures_total");
    for server in [&one, &other] {
        assert_eq!(of(attempts, server), server.calls());
    }
    assert_eq!(of(failures, &one), 0);
    assert!(of(failures, &other) > 20);
    let retries = |allowed: &str| {
        let line =
            format!("grpc_client_retries_total{{allowed=\"{allowed}\",target=\"{target}\"}}");
        value(&registry, &line).unwrap()
    };
    // The first call is in none of them.
    assert_eq!(retries("yes"), one.calls() + other.calls() - 201);
    assert!(retries("yes") > 0 && retries("no") > 0);

    one.behave(Behaviour::Answers);
    other.behave(Behaviour::Answers);
    let streams = [
        harness::watch(&channel).await.unwrap(),
        harness::watch(&channel).await.unwrap(),
    ];
    let in_flight = |server| of("grpc_client_in_flight", server);
    assert_eq!(in_flight(&one) + in_flight(&other), 2);
    drop(streams);
    assert_eq!(in_flight(&one) + in_flight(&other), 0);

    let ready = |server: &Server| {
        let address = server.address();
        let labels = format!("address=\"{address}\",state=\"ready\",target=\"{target}\"");
        value(&registry, &format!("grpc_client_connections{{{labels}}}")).unwrap()
    };
    assert_eq!((ready(&one), ready(&other)), (1, 1));
}

#[tokio::test]
async fn hedges_are_counted() {
    let server = Server::start().await;
    server.behave(Behaviour::Slow(Duration::from_millis(200)));
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.hedging.after = Some(Duration::from_millis(10));
    let channel = harness::open(&settings);
    let registry = Registry::new();
    let metrics = Metrics::new([channel.clone()]).unwrap();
    registry.register(Box::new(metrics)).unwrap();
    harness::unary(&channel, SAY).await.unwrap();
    let line = format!("grpc_client_hedges_total{{target=\"{}\"}}", settings.target);
    assert_eq!(value(&registry, &line), Some(1));
}
