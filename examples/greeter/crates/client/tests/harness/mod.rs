//! Servers that do what a test wants of them, and calls to them.
//!
//! They are made of hyper and nothing else, so that nothing of the client is tested against itself.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

use std::time::Duration;

use client::{Channel, Settings};
use prost::Message as _;
use prost_types::method_options::IdempotencyLevel;
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, MethodOptions,
    ServiceDescriptorProto,
};
use tonic::client::Grpc;
use tonic::{IntoStreamingRequest, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

mod answer;
pub(crate) mod proxy;
pub(crate) mod server;

pub(crate) use server::{Behaviour, Server};

/// Answers with what it gets; may be called again.
pub(crate) const SAY: &str = "/test.Echo/Say";
/// The same; may not.
pub(crate) const DO: &str = "/test.Echo/Do";
/// Streams what it gets for ever.
pub(crate) const WATCH: &str = "/test.Echo/Watch";
/// The same; may be called again.
pub(crate) const FOLLOW: &str = "/test.Echo/Follow";
/// Streams back what is streamed; may be called again.
pub(crate) const CHAT: &str = "/test.Echo/Chat";
/// The same; may not.
pub(crate) const TALK: &str = "/test.Echo/Talk";

/// Longest time for what should happen soon.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The descriptors of the methods above.
pub(crate) fn descriptors() -> Vec<u8> {
    let method = |path: &str, client_streaming, server_streaming, level| MethodDescriptorProto {
        name: path.rsplit('/').next().map(str::to_owned),
        client_streaming: Some(client_streaming),
        server_streaming: Some(server_streaming),
        options: Some(MethodOptions {
            idempotency_level: Some(level as i32),
            ..MethodOptions::default()
        }),
        ..MethodDescriptorProto::default()
    };
    let (safe, unknown) = (
        IdempotencyLevel::Idempotent,
        IdempotencyLevel::IdempotencyUnknown,
    );
    let service = ServiceDescriptorProto {
        name: Some("Echo".to_owned()),
        method: vec![
            method(SAY, false, false, safe),
            method(DO, false, false, unknown),
            method(WATCH, false, true, unknown),
            method(FOLLOW, false, true, safe),
            method(CHAT, true, true, safe),
            method(TALK, true, true, unknown),
        ],
        ..ServiceDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        package: Some("test".to_owned()),
        service: vec![service],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

/// Settings whose waits are short, for `target`.
pub(crate) fn settings(target: impl Into<String>) -> Settings {
    let mut settings = Settings::new(target);
    settings.connecting.backoff = Duration::from_millis(50);
    settings.connecting.backoff_max = Duration::from_millis(200);
    settings.connecting.timeout = Duration::from_secs(2);
    settings.health.every = None;
    settings
}

/// A channel that knows the methods above.
pub(crate) fn open(settings: &Settings) -> Channel {
    let builder = Channel::builder(settings).descriptors(&descriptors());
    builder.open().unwrap()
}

/// The same for these servers, with settings whose waits are short.
pub(crate) fn channel(servers: &[&Server]) -> Channel {
    open(&settings(target(servers)))
}

/// A target of several servers.
pub(crate) fn target(servers: &[&Server]) -> String {
    let addresses = servers.iter().map(|server| server.address().to_string());
    format!("http://{}", addresses.collect::<Vec<_>>().join(","))
}

/// Calls a method that takes and gives one message.
pub(crate) async fn unary(
    channel: &Channel,
    path: &'static str,
) -> Result<Response<String>, Status> {
    call(channel, path, Request::new("hello".to_owned())).await
}

/// The same with a request.
pub(crate) async fn call(
    channel: &Channel,
    path: &'static str,
    request: Request<String>,
) -> Result<Response<String>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    grpc.unary(request, path.parse().unwrap(), codec()).await
}

/// Calls a method that streams its answers.
pub(crate) async fn watch(channel: &Channel) -> Result<Response<Streaming<String>>, Status> {
    answers(channel, WATCH).await
}

/// The same with a path.
pub(crate) async fn answers(
    channel: &Channel,
    path: &'static str,
) -> Result<Response<Streaming<String>>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let request = Request::new("hello".to_owned());
    grpc.server_streaming(request, path.parse().unwrap(), codec())
        .await
}

/// Calls a method whose both sides stream.
pub(crate) async fn stream(
    channel: Channel,
    path: &'static str,
    messages: impl IntoStreamingRequest<Message = String>,
) -> Result<Response<Streaming<String>>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    grpc.streaming(
        messages.into_streaming_request(),
        path.parse().unwrap(),
        codec(),
    )
    .await
}

fn codec() -> ProstCodec<String, String> {
    ProstCodec::default()
}

/// Waits until each endpoint has a connection.
pub(crate) async fn connected(channel: &Channel) {
    until("all are connected", async || {
        let endpoints = channel.stats().endpoints;
        endpoints.iter().all(|endpoint| endpoint.ready == 1)
    })
    .await;
}

/// Waits until `done`, and fails if that takes too long.
pub(crate) async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(SOON, waiting).await;
    assert!(waited.is_ok(), "not in time: {what}");
}
