//! Servers that say they do not serve, and servers that fail again and again.

use std::time::Duration;

use client::{State, Stats};
use tonic::Code;

use super::harness::{self, Behaviour, DO, SAY, Server};

#[tokio::test]
async fn a_server_that_does_not_serve_gets_no_calls_until_it_does() {
    let (one, other) = (Server::start().await, Server::start().await);
    one.say_health(1);
    other.say_health(2);
    let mut settings = harness::settings(harness::target(&[&one, &other]));
    settings.health.every = Some(Duration::from_millis(20));
    let channel = harness::open(&settings);
    let unhealthy = |stats: Stats| {
        stats
            .endpoints
            .iter()
            .filter(|one| one.unhealthy > 0)
            .count()
    };
    harness::unary(&channel, SAY).await.unwrap();
    harness::until("it is out", async || unhealthy(channel.stats()) == 1).await;
    let before = other.calls();
    for _ in 0..30 {
        harness::unary(&channel, DO).await.unwrap();
    }
    assert_eq!(other.calls(), before);
    // Nobody serves.
    one.say_health(2);
    harness::until("both are out", async || {
        channel.state() == State::TransientFailure
    })
    .await;
    let status = harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        status.message().contains("health status 2, not serving"),
        "{status}"
    );
    other.say_health(1);
    harness::until("one is back", async || {
        harness::unary(&channel, DO).await.is_ok()
    })
    .await;
    assert!(other.calls() > before);
    // The same connections all the time.
    assert_eq!((one.connections(), other.connections()), (1, 1));
}

#[tokio::test]
async fn a_check_is_no_call() {
    let server = Server::start().await;
    server.say_health(3);
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.health.every = Some(Duration::from_millis(1));
    settings.health.timeout = Duration::MAX;
    settings.pooling.idle = Duration::from_millis(100);
    let channel = harness::open(&settings);
    harness::unary(&channel, SAY).await.unwrap();
    harness::until("it is asked for its health", async || server.checks() > 0).await;
    assert_eq!(channel.stats().endpoints[0].in_flight, 0);
    // Nor does it keep a connection that nobody uses.
    harness::until("it is idle", async || channel.state() == State::Idle).await;
}

#[tokio::test]
async fn a_server_without_the_service_counts_as_healthy() {
    let server = Server::start().await;
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.health.every = Some(Duration::from_millis(10));
    let channel = harness::open(&settings);
    for _ in 0..20 {
        harness::unary(&channel, DO).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_address_where_calls_fail_in_a_row_is_left_out_for_a_while() {
    let servers = [
        Server::start().await,
        Server::start().await,
        Server::start().await,
    ];
    servers[0].behave(Behaviour::Fails(14, None));
    servers[1].behave(Behaviour::Fails(14, None));
    let mut settings = harness::settings(harness::target(&servers.each_ref()));
    settings.outliers.time = Duration::from_millis(300);
    settings.retries.attempts = 1;
    let channel = harness::open(&settings);
    let left_out = || {
        let endpoints = channel.stats().endpoints;
        endpoints.iter().filter(|one| one.left_out).count()
    };
    harness::until("one is left out", async || {
        let _ = harness::unary(&channel, DO).await;
        left_out() == 1
    })
    .await;
    // Not both: half of them may be.
    for _ in 0..50 {
        let _ = harness::unary(&channel, DO).await;
        assert!(left_out() <= 1);
    }
    servers[0].behave(Behaviour::Answers);
    servers[1].behave(Behaviour::Answers);
    let before = servers.each_ref().map(Server::calls);
    harness::until("all are back", async || {
        harness::unary(&channel, DO).await.unwrap();
        left_out() == 0
            && servers
                .iter()
                .zip(before)
                .all(|(now, before)| now.calls() > before)
    })
    .await;
}
