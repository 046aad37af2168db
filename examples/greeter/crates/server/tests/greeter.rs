//! The sample service over a real socket: one method of each kind, errors, and a clean end.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use api::greeter::v1::{
    ChatRequest, ChatResponse, GreetAllRequest, GreetAllResponse, RepeatHelloRequest,
    RepeatHelloResponse, SayHelloRequest, SayHelloResponse,
};
use chassis::config::Config;
use chassis::runtime::Exit;
use prost::Message;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, IntoStreamingRequest, Status, Streaming};
use tonic_prost::ProstCodec;

use harness::{Client, Server};

mod harness;

/// Calls a method of the greeter; whatever its kind, the wire knows only streams.
async fn call<A, B>(
    client: &Client,
    method: &str,
    requests: impl IntoStreamingRequest<Message = A>,
) -> Result<Streaming<B>, Status>
where
    A: Message + 'static,
    B: Message + Default + 'static,
{
    let path = format!("/greeter.v1.Greeter/{method}");
    let response = client.call(&path, ProstCodec::<A, B>::default(), requests);
    Ok(response.await?.into_inner())
}

/// The answers of a call that ends well.
async fn answers<A, B>(
    client: &Client,
    method: &str,
    requests: impl IntoIterator<Item = A, IntoIter: Send + 'static>,
) -> Vec<B>
where
    A: Message + 'static,
    B: Message + Default + 'static,
{
    let requests = tokio_stream::iter(requests);
    let mut stream = call(client, method, requests).await.unwrap();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn one_method_of_each_kind_answers() {
    let server = Server::start().await;
    let client = &server.connect().await;
    let (ann, ben) = (|| String::from("Ann"), || String::from("Ben"));

    let request = [SayHelloRequest { name: ann() }];
    let said: Vec<SayHelloResponse> = answers(client, "SayHello", request).await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].message, "Hello Ann!");

    let request = [RepeatHelloRequest {
        name: ann(),
        times: 3,
    }];
    let said: Vec<RepeatHelloResponse> = answers(client, "RepeatHello", request).await;
    assert_eq!(said.len(), 3);
    assert!(said.iter().all(|answer| answer.message == "Hello Ann!"));

    let request = [ann(), ben()].map(|name| GreetAllRequest { name });
    let said: Vec<GreetAllResponse> = answers(client, "GreetAll", request).await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].message, "Hello Ann, Ben!");
    assert_eq!(said[0].people, 2);

    let request = [ann(), ben()].map(|name| ChatRequest { name });
    let said: Vec<ChatResponse> = answers(client, "Chat", request).await;
    assert_eq!(said.len(), 2);
    assert_eq!(said[1].message, "Hello Ben!");
}

#[tokio::test]
async fn bad_input_is_refused_also_in_a_stream() {
    let server = Server::start().await;
    let client = &server.connect().await;

    let request = tokio_stream::once(SayHelloRequest::default());
    let answer = call::<_, SayHelloResponse>(client, "SayHello", request).await;
    assert_eq!(answer.unwrap_err().code(), Code::InvalidArgument);

    let requests = ["Ann", ""].map(|name| ChatRequest { name: name.into() });
    let answers = call::<_, ChatResponse>(client, "Chat", tokio_stream::iter(requests)).await;
    let mut answers = answers.unwrap();
    assert_eq!(
        answers.message().await.unwrap().unwrap().message,
        "Hello Ann!"
    );
    assert_eq!(
        answers.message().await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn a_message_has_a_largest_size() {
    let server = Server::start().await;
    let client = &server.connect().await;
    let request = tokio_stream::once(SayHelloRequest {
        name: "x".repeat(5 << 20),
    });
    let answer = call::<_, SayHelloResponse>(client, "SayHello", request).await;
    assert_eq!(answer.unwrap_err().code(), Code::OutOfRange);
}

/// Opens a chat and says one name in it, so that the call is surely in flight.
async fn chat(
    client: &Client,
) -> (
    tokio::sync::mpsc::Sender<ChatRequest>,
    Streaming<ChatResponse>,
) {
    let (names, requests) = tokio::sync::mpsc::channel(1);
    names
        .send(ChatRequest { name: "Ann".into() })
        .await
        .unwrap();
    let requests = ReceiverStream::new(requests);
    let mut answers = call(client, "Chat", requests).await.unwrap();
    assert!(answers.message().await.unwrap().is_some());
    (names, answers)
}

#[tokio::test]
async fn a_call_in_flight_finishes_before_the_end() {
    let server = Server::start().await;
    let client = server.connect().await;
    let (names, mut answers) = chat(&client).await;
    server.end();
    tokio::time::sleep(Duration::from_millis(50)).await;

    names
        .send(ChatRequest { name: "Ben".into() })
        .await
        .unwrap();
    assert_eq!(
        answers.message().await.unwrap().unwrap().message,
        "Hello Ben!"
    );
    drop(names);
    assert_eq!(answers.message().await.unwrap(), None);
    assert_eq!(server.ended().await, Exit::Clean);
}

#[tokio::test]
async fn a_call_that_does_not_finish_is_cut() {
    let mut config = Config::default();
    config.server.shutdown.timeout = Duration::from_millis(100);
    let server = Server::start_with(config).await;
    let (_names, mut answers) = chat(&server.connect().await).await;
    server.end();
    assert_eq!(server.ended().await, Exit::Cut);
    assert!(answers.message().await.is_err());
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let server = Server::start().await;
    let (_names, _answers) = chat(&server.connect().await).await;
    server.end();
    server.end();
    assert_eq!(server.ended().await, Exit::Aborted);
}
