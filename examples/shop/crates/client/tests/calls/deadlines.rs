//! How long a call may take, and what it brings along.

use std::time::{Duration, Instant};

use client::{Incoming, Token};
use http::HeaderValue;
use tonic::{Code, Request};

use super::harness::{self, Behaviour, DO, SAY, Server};

fn last_header(server: &Server, name: &str) -> Option<String> {
    let headers = server.known.headers.lock().unwrap();
    let value = headers.last().unwrap().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

fn micros(server: &Server) -> u64 {
    let text = last_header(server, "grpc-timeout").unwrap();
    text.strip_suffix('u').unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_call_has_a_deadline_that_is_told_and_kept() {
    let server = Server::start().await;
    let mut settings = harness::settings(harness::target(&[&server]));
    let channel = harness::open(&settings);
    harness::unary(&channel, DO).await.unwrap();
    assert_eq!(micros(&server), 30_000_000);

    server.behave(Behaviour::Silent);
    settings.timeout = Duration::from_millis(100);
    let channel = harness::open(&settings);
    let status = harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    let mut request = Request::new("hello".to_owned());
    request.set_timeout(Duration::from_millis(300));
    let began = Instant::now();
    let status = harness::call(&channel, DO, request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(began.elapsed() >= Duration::from_millis(290));
    // The server hears of each of them.
    harness::until("both are cancelled", async || server.cancelled() == 2).await;
}

#[tokio::test]
async fn a_stream_has_one_too() {
    let server = Server::start().await;
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.timeout = Duration::from_millis(200);
    let channel = harness::open(&settings);
    let mut stream = harness::watch(&channel).await.unwrap().into_inner();
    let status = loop {
        match stream.message().await {
            Ok(message) => assert_eq!(message.as_deref(), Some("hello")),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_retry_is_told_what_is_left() {
    let server = Server::start().await;
    server.behave(Behaviour::Fails(14, Some("100")));
    let channel = harness::channel(&[&server]);
    harness::unary(&channel, SAY).await.unwrap_err();
    // Three waits of 100 ms.
    assert!((28_000_000..=29_700_000).contains(&micros(&server)));
}

#[tokio::test]
async fn a_call_within_a_call_inherits_deadline_id_and_trace() {
    let server = Server::start().await;
    let settings = harness::settings(harness::target(&[&server]));
    let channel = harness::open(&settings);
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let incoming = Incoming::new()
        .deadline(Some(Instant::now() + Duration::from_secs(2)))
        .request_id(HeaderValue::from_static("abc"))
        .trace(HeaderValue::from_static(trace));
    let inner = channel.within(incoming.clone());
    harness::unary(&inner, DO).await.unwrap();
    assert!(micros(&server) <= 1_980_000);
    assert_eq!(last_header(&server, "x-request-id").as_deref(), Some("abc"));
    assert_eq!(last_header(&server, "traceparent").as_deref(), Some(trace));
    // Its own timeout is earlier.
    let mut request = Request::new("hello".to_owned());
    request.set_timeout(Duration::from_secs(1));
    harness::call(&inner, DO, request).await.unwrap();
    assert!(micros(&server) <= 1_000_000);

    // Too late for an answer: the server is not even asked.
    let late = Instant::now() + Duration::from_millis(10);
    let inner = channel.within(incoming.deadline(Some(late)));
    let before = server.calls();
    let status = harness::unary(&inner, DO).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(server.calls(), before);
}

#[tokio::test]
async fn calls_bring_a_token_and_the_name_of_their_software() {
    let server = Server::start().await;
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.user_agent = "tester/1".to_owned();
    settings.authority = Some("echo.example".to_owned());
    let builder = client::Channel::builder(&settings);
    let channel = builder.tokens(Token::fixed("abc")).open().unwrap();
    harness::unary(&channel, DO).await.unwrap();
    assert_eq!(
        last_header(&server, "authorization").as_deref(),
        Some("Bearer abc")
    );
    assert_eq!(
        last_header(&server, "user-agent").as_deref(),
        Some("tester/1")
    );
    let mut request = Request::new("hello".to_owned());
    let own = "Bearer own".parse().unwrap();
    request.metadata_mut().insert("authorization", own);
    harness::call(&channel, DO, request).await.unwrap();
    assert_eq!(
        last_header(&server, "authorization").as_deref(),
        Some("Bearer own")
    );
}
