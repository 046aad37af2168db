//! Which calls are made again, and how often.

use std::time::{Duration, Instant};

use http::HeaderMap;
use tokio::task::JoinSet;
use tonic::Code;

use super::harness::{self, Behaviour, DO, SAY, Server};

fn headers(server: &Server) -> Vec<HeaderMap> {
    server.known.headers.lock().unwrap().clone()
}

#[tokio::test]
async fn a_declared_method_is_called_again_and_tells_so() {
    let server = Server::start().await;
    server.behave(Behaviour::Fails(14, None));
    let channel = harness::channel(&[&server]);
    let status = harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unavailable, "as wanted")
    );
    let seen = headers(&server);
    let attempts = seen.iter().map(|headers| {
        let before = headers.get("grpc-previous-rpc-attempts");
        before.map(|value| value.to_str().unwrap().to_owned())
    });
    let attempts: Vec<_> = attempts.collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(attempts, [None, text("1"), text("2"), text("3")]);
    assert_eq!(channel.stats().retries, 3);
}

#[tokio::test]
async fn others_are_not_nor_after_other_codes() {
    let server = Server::start().await;
    server.behave(Behaviour::Fails(14, None));
    let mut settings = harness::settings(harness::target(&[&server]));
    let channel = harness::open(&settings);
    harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(server.calls(), 1);
    server.behave(Behaviour::Fails(8, None));
    harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(server.calls(), 2);
    settings.retries.codes.push(Code::ResourceExhausted);
    harness::unary(&harness::open(&settings), SAY)
        .await
        .unwrap_err();
    assert_eq!(server.calls(), 6);
}

#[tokio::test]
async fn another_server_is_tried() {
    let (bad, good) = (Server::start().await, Server::start().await);
    bad.behave(Behaviour::Fails(14, None));
    let mut settings = harness::settings(harness::target(&[&bad, &good]));
    settings.outliers.failures = 0;
    let channel = harness::open(&settings);
    harness::unary(&channel, SAY).await.unwrap();
    harness::connected(&channel).await;
    for _ in 0..20 {
        harness::unary(&channel, SAY).await.unwrap();
    }
    assert!(bad.calls() > 0);
}

#[tokio::test]
async fn the_server_says_when_or_never() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    server.behave(Behaviour::Fails(14, Some("-1")));
    harness::unary(&channel, SAY).await.unwrap_err();
    assert_eq!(server.calls(), 1);
    // Who sheds load has done nothing, so any method is called again when the server says so.
    server.behave(Behaviour::Fails(8, Some("200")));
    let began = Instant::now();
    harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(server.calls(), 5);
    assert!(
        began.elapsed() >= Duration::from_millis(600),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_wait_that_is_longer_than_the_deadline_ends_the_call_now() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    // The longest one is that of a server that is up to no good.
    for wait in ["60000", "18446744073709551615"] {
        server.behave(Behaviour::Fails(14, Some(wait)));
        let began = Instant::now();
        let status = harness::unary(&channel, SAY).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn retries_of_a_failing_target_stay_within_the_budget() {
    let servers = [
        Server::start().await,
        Server::start().await,
        Server::start().await,
    ];
    for server in &servers {
        server.behave(Behaviour::Fails(14, None));
    }
    let mut settings = harness::settings(harness::target(&servers.each_ref()));
    settings.retries.burst = 20;
    settings.retries.backoff = Duration::from_millis(1);
    let channel = harness::open(&settings);
    let mut callers = JoinSet::new();
    const CALLS: u64 = 2000;
    for _ in 0..20 {
        let channel = channel.clone();
        callers.spawn(async move {
            for _ in 0..CALLS / 20 {
                harness::unary(&channel, SAY).await.unwrap_err();
            }
        });
    }
    callers.join_all().await;
    let attempts: u64 = servers.iter().map(Server::calls).sum();
    // A tenth of the calls, and the burst; a share or two may be paid too much.
    assert!(attempts <= CALLS + CALLS / 10 + 25, "{attempts}");
    assert!(attempts >= CALLS + CALLS / 10, "{attempts}");
    let stats = channel.stats();
    assert_eq!(stats.retries, attempts - CALLS);
    assert!(stats.retries_refused > 0);
}

#[tokio::test]
async fn a_broken_answer_is_asked_for_again_if_the_proto_allows() {
    let (bad, good) = (Server::start().await, Server::start().await);
    bad.behave(Behaviour::FailsLate);
    let channel = harness::channel(&[&bad, &good]);
    for _ in 0..20 {
        harness::unary(&channel, SAY).await.unwrap();
    }
    harness::until("it was asked", async || {
        bad.calls() > 0 || {
            harness::unary(&channel, SAY).await.unwrap();
            false
        }
    })
    .await;
    let mut broken = 0;
    harness::until("a call that may not be made again", async || {
        broken += usize::from(harness::unary(&channel, DO).await.is_err());
        broken > 0
    })
    .await;
}

#[tokio::test]
async fn an_attempt_may_be_shorter_than_the_call() {
    let (silent, good) = (Server::start().await, Server::start().await);
    silent.behave(Behaviour::Silent);
    let mut settings = harness::settings(harness::target(&[&silent, &good]));
    settings.retries.attempt_timeout = Some(Duration::from_millis(100));
    settings.outliers.failures = 3;
    settings.outliers.time = Duration::from_secs(60);
    let channel = harness::open(&settings);
    let left_out = || channel.stats().endpoints.iter().any(|one| one.left_out);
    harness::until("the silent one is left out", async || {
        harness::unary(&channel, SAY).await.unwrap();
        left_out()
    })
    .await;
    let before = silent.calls();
    for _ in 0..20 {
        harness::unary(&channel, DO).await.unwrap();
    }
    assert_eq!(silent.calls(), before);
}
