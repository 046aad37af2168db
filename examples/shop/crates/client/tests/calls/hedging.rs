//! Attempts beside each other.

use std::time::{Duration, Instant};

use client::{Channel, Settings};
use tonic::Code;

use super::harness::{self, Behaviour, DO, FOLLOW, SAY, Server};

/// Settings by which a second attempt comes after 50 ms.
fn hedging(servers: &[&Server]) -> Settings {
    let mut settings = harness::settings(harness::target(servers));
    settings.hedging.after = Some(Duration::from_millis(50));
    settings
}

/// A slow server and a quick one, both of them connected.
async fn slow_and_quick() -> (Server, Server, Channel) {
    let (slow, quick) = (Server::start().await, Server::start().await);
    let channel = harness::open(&hedging(&[&slow, &quick]));
    harness::unary(&channel, DO).await.unwrap();
    harness::connected(&channel).await;
    slow.behave(Behaviour::Slow(Duration::from_secs(60)));
    (slow, quick, channel)
}

#[tokio::test]
async fn a_slow_attempt_is_joined_by_another_one() {
    let (slow, quick, channel) = slow_and_quick().await;
    let before = slow.calls() + quick.calls();
    for _ in 0..20 {
        let answer = harness::unary(&channel, SAY).await.unwrap();
        assert_eq!(answer.into_inner(), "hello");
    }
    let hedges = channel.stats().hedges;
    assert!(hedges > 0);
    assert_eq!(channel.stats().retries, 0);
    assert_eq!(slow.calls() + quick.calls(), before + 20 + hedges);
    // The one that came too late is cancelled, and the other says that it is a second one.
    harness::until("the slow ones are cancelled", async || {
        slow.cancelled() == hedges
    })
    .await;
    let second = quick.known.headers.lock().unwrap();
    let second = second
        .iter()
        .filter(|headers| headers.get("grpc-previous-rpc-attempts").is_some());
    assert_eq!(second.count() as u64, hedges);
    assert!(
        channel
            .stats()
            .endpoints
            .iter()
            .all(|one| one.in_flight == 0)
    );
}

#[tokio::test]
async fn the_beginning_of_a_stream_counts() {
    let (slow, _quick, channel) = slow_and_quick().await;
    harness::until("the slow one was asked, too", async || {
        let stream = harness::answers(&channel, FOLLOW).await;
        let mut stream = stream.unwrap().into_inner();
        for _ in 0..5 {
            let message = stream.message().await.unwrap();
            assert_eq!(message.as_deref(), Some("hello"));
        }
        slow.calls() > 1
    })
    .await;
    assert!(channel.stats().hedges > 0);
}

#[tokio::test]
async fn only_what_the_proto_allows_is_hedged_and_only_if_wanted() {
    let server = Server::start().await;
    server.behave(Behaviour::Slow(Duration::from_millis(200)));
    let channel = harness::open(&hedging(&[&server]));
    harness::unary(&channel, DO).await.unwrap();
    assert_eq!(server.calls(), 1);
    harness::unary(&channel, SAY).await.unwrap();
    assert_eq!(server.calls(), 3);
    let channel = harness::channel(&[&server]);
    harness::unary(&channel, SAY).await.unwrap();
    assert_eq!(server.calls(), 4);
}

#[tokio::test]
async fn a_failed_attempt_is_followed_at_once_and_another_code_ends_the_call() {
    let server = Server::start().await;
    let mut settings = hedging(&[&server]);
    settings.hedging.after = Some(Duration::from_secs(60));
    settings.hedging.attempts = 3;
    let channel = harness::open(&settings);
    server.behave(Behaviour::Fails(14, None));
    let began = Instant::now();
    let status = harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(server.calls(), 3);
    server.behave(Behaviour::Fails(5, None));
    let status = harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(server.calls(), 4);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn pushback_puts_attempts_off_or_ends_them() {
    let server = Server::start().await;
    let channel = harness::open(&hedging(&[&server]));
    server.behave(Behaviour::Fails(14, Some("-1")));
    harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(server.calls(), 1);
    server.behave(Behaviour::Fails(14, Some("300")));
    let began = Instant::now();
    harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(server.calls(), 3);
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn attempts_are_paid_from_the_budget_of_retries() {
    const CALLS: u64 = 100;
    let server = Server::start().await;
    server.behave(Behaviour::Slow(Duration::from_millis(20)));
    let mut settings = hedging(&[&server]);
    settings.hedging.after = Some(Duration::from_millis(1));
    settings.hedging.attempts = 4;
    settings.retries.burst = 5;
    let channel = harness::open(&settings);
    for _ in 0..CALLS {
        harness::unary(&channel, SAY).await.unwrap();
    }
    let (stats, hedges) = (channel.stats(), server.calls() - CALLS);
    assert_eq!(stats.hedges, hedges);
    // A tenth of the calls, and the burst.
    assert!((CALLS / 10..=CALLS / 10 + 5).contains(&hedges), "{hedges}");
    assert!(stats.retries_refused > 0);
}

#[tokio::test]
async fn the_deadline_ends_all_attempts() {
    let server = Server::start().await;
    server.behave(Behaviour::Silent);
    let mut settings = hedging(&[&server]);
    settings.timeout = Duration::from_millis(200);
    let channel = harness::open(&settings);
    let status = harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    harness::until("both are cancelled", async || server.cancelled() == 2).await;
}
