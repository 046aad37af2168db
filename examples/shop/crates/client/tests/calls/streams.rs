//! Streams: what is sent is sent once, and in order.

use std::time::Duration;

use tokio_stream::StreamExt;
use tonic::Code;

use super::harness::{self, Behaviour, CHAT, DO, Server, TALK};

#[tokio::test]
async fn both_directions_go_on_at_the_same_time() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    let messages = tokio_stream::iter((0..1000).map(|number| format!("message {number}")));
    let answers = harness::stream(channel.clone(), TALK, messages).await;
    let answers = answers.unwrap().into_inner();
    let answers: Vec<_> = answers.map(Result::unwrap).collect().await;
    assert_eq!(answers.len(), 1000);
    assert!(
        answers
            .iter()
            .enumerate()
            .all(|(index, answer)| *answer == format!("message {index}"))
    );
    assert_eq!(channel.stats().endpoints[0].in_flight, 0);
}

#[tokio::test]
async fn large_messages_pass_to_their_limit() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    for length in [0, 1, 16384, 100_000, 4_000_000] {
        let text = "x".repeat(length);
        let answer = harness::call(&channel, DO, tonic::Request::new(text.clone())).await;
        assert_eq!(answer.unwrap().into_inner(), text);
    }
    // Tonic's own limit for what is taken; the connection stays as it is.
    let request = tonic::Request::new("x".repeat(5_000_000));
    let status = harness::call(&channel, DO, request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange);
    harness::unary(&channel, DO).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_stream_is_made_again_only_before_its_first_message() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    // The first message comes later than the refusals.
    server.behave(Behaviour::FailsFirst(2));
    let (sender, messages) = tokio::sync::mpsc::channel(1);
    let messages = tokio_stream::wrappers::ReceiverStream::new(messages);
    let call = tokio::spawn(harness::stream(channel.clone(), CHAT, messages));
    harness::until("the third attempt", async || server.calls() == 3).await;
    sender.send("late".to_owned()).await.unwrap();
    drop(sender);
    let mut answers = call.await.unwrap().unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().as_deref(), Some("late"));
    assert_eq!(answers.message().await.unwrap(), None);

    // Here it comes before: another attempt would lack it.
    let before = server.calls();
    server.behave(Behaviour::Fails(14, None));
    let messages = tokio_stream::once("early".to_owned()).chain(tokio_stream::pending());
    let status = harness::stream(channel.clone(), CHAT, messages)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.calls(), before + 1);
}
