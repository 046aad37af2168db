//! Spans arrive with the name of their server; no collector can harm a call.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::TcpListener;
use std::time::Duration;

use chassis::config::Tracing;

use harness::closed_port;
use harness::wait::until;
use stage::collector::Collector;
use stage::{LONG, Stage, ask, call, serve, settings};

mod harness;
mod stage;

/// Of three calls, the spans that do not reach the collector at this port.
async fn lost_of_three(port: u16) -> u64 {
    let server = serve(settings(port)).await;
    let channel = server.connect().await;
    for _ in 0..3 {
        call(&channel, "/test.Behaviour/Answer", &[]).await.unwrap();
    }
    server.settled().await;
    server.shared.traces.end(LONG).await;
    server.shared.traces.lost()
}

#[tokio::test]
async fn spans_say_who_exports_them() {
    let stage = Stage::start_with(|config| {
        let more = [
            ("deployment.environment.name", "test"),
            ("service.version", "7"),
        ];
        let more = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
        config.tracing.resource = more.into();
    })
    .await;
    ask(&stage.channel, &[]).await;
    stage.spans().await;
    let resource = stage.collector.resource();
    assert_eq!(resource["service.name"], Tracing::default().service_name);
    assert_eq!(resource["service.version"], "7");
    assert_eq!(resource["service.instance.id"].as_str().unwrap().len(), 32);
    assert_eq!(resource["deployment.environment.name"], "test");
}

#[tokio::test]
async fn whatever_waits_arrives_at_the_end() {
    let stage = Stage::start_with(|config| {
        config.tracing.batch = 7.try_into().unwrap();
        config.tracing.queue = 1000.try_into().unwrap();
    })
    .await;
    for _ in 0..100 {
        call(&stage.channel, "/test.Behaviour/Answer", &[])
            .await
            .unwrap();
    }
    assert_eq!(stage.spans().await.len(), 100);
}

#[tokio::test]
async fn a_collector_that_is_down_loses_spans_and_harms_nobody() {
    assert_eq!(lost_of_three(closed_port()).await, 3);
}

#[tokio::test]
async fn spans_that_the_collector_refuses_are_lost() {
    let collector = Collector::rejecting(2).await;
    let lost = lost_of_three(collector.address().port()).await;
    assert_eq!((collector.spans().len(), lost), (3, 2));
}

#[tokio::test]
async fn a_collector_that_is_away_for_a_moment_gets_all() {
    let collector = Collector::failing(2).await;
    let lost = lost_of_three(collector.address().port()).await;
    assert_eq!((collector.spans().len(), lost), (3, 0));
}

#[tokio::test]
async fn a_collector_may_come_later() {
    let port = closed_port();
    let mut config = settings(port);
    config.tracing.batch = 1.try_into().unwrap();
    let server = serve(config).await;
    let channel = server.connect().await;
    call(&channel, "/test.Behaviour/Answer", &[]).await.unwrap();
    until(async || server.shared.traces.lost() > 0).await;
    let collector = Collector::start(Some(port)).await;
    call(&channel, "/test.Behaviour/Answer", &[]).await.unwrap();
    server.settled().await;
    server.shared.traces.end(LONG).await;
    assert_eq!(
        (collector.spans().len(), server.shared.traces.lost()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_collector_that_hangs_delays_neither_calls_nor_the_end() {
    // Takes connections, but never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = settings(silent.local_addr().unwrap().port());
    config.tracing.queue = 4.try_into().unwrap();
    config.tracing.batch = 2.try_into().unwrap();
    config.tracing.timeout = Duration::from_secs(3600);
    let server = serve(config).await;
    let channel = server.connect().await;
    for _ in 0..20 {
        call(&channel, "/test.Behaviour/Answer", &[]).await.unwrap();
    }
    server.settled().await;
    assert_eq!(server.shared.traces.lost(), 16, "what exceeds the queue");
    server.shared.traces.end(Duration::from_millis(50)).await;
    assert_eq!(server.shared.traces.lost(), 20);
    // Calls go on when the exporter has ended.
    call(&channel, "/test.Behaviour/Answer", &[]).await.unwrap();
}
