//! Calls that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio_stream::StreamExt;

use super::harness::{self, Behaviour, DO, Server, TALK};

#[tokio::test]
async fn a_dropped_call_is_cancelled_at_the_server_and_leaves_the_connection() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    harness::unary(&channel, DO).await.unwrap();
    server.behave(Behaviour::Silent);
    let call = tokio::time::timeout(Duration::from_millis(100), harness::unary(&channel, DO));
    assert!(call.await.is_err());
    harness::until("the server knows", async || server.cancelled() == 1).await;
    server.behave(Behaviour::Answers);
    harness::unary(&channel, DO).await.unwrap();
    assert_eq!(server.connections(), 1);
    assert_eq!(channel.stats().endpoints[0].in_flight, 0);
}

/// Tells when it is dropped.
struct Told(Arc<AtomicBool>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[tokio::test]
async fn a_dropped_stream_ends_both_ways() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    let gone = Arc::new(AtomicBool::new(false));
    let told = Told(Arc::clone(&gone));
    let endless = tokio_stream::once("hello".to_owned()).chain(tokio_stream::pending());
    let endless = endless.map(move |message| {
        let _ = &told;
        message
    });
    let mut answers = harness::stream(channel.clone(), TALK, endless)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answers.message().await.unwrap().as_deref(), Some("hello"));
    assert_eq!(channel.stats().endpoints[0].in_flight, 1);
    assert!(!gone.load(Relaxed));
    drop(answers);
    // Although the client has not said that its side has ended.
    harness::until("the source is dropped", async || gone.load(Relaxed)).await;
    assert_eq!(channel.stats().endpoints[0].in_flight, 0);
}

#[tokio::test]
async fn a_stream_outlives_its_channel() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    let mut stream = harness::watch(&channel).await.unwrap().into_inner();
    drop(channel);
    for _ in 0..20 {
        assert!(stream.message().await.unwrap().is_some());
    }
}
