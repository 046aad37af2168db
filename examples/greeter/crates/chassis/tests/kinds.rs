//! Every kind of method, ended in every way, ends once and with the right code.
//!
//! The handlers run behind tonic's own server, as generated code does.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::convert::Infallible;
use std::future::{pending, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use chassis::call::RequestBody;
use chassis::config::Config;
use chassis::policy::Rule;
use chassis::services::{Answer, Services};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::Service;
use tonic::metadata::MetadataMap;
use tonic::server::{
    ClientStreamingService, NamedService, ServerStreamingService, StreamingService, UnaryService,
};
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use harness::log::Log;
use harness::wait::until;
use harness::{Server, describe_kinds};

mod harness;

/// The methods, and which sides of them stream: the client's, the server's.
const KINDS: [(&str, bool, bool); 4] = [
    ("Unary", false, false),
    ("Upload", true, false),
    ("Watch", false, true),
    ("Chat", true, true),
];

/// What a handler does is what the metadata of its call says.
const END: &str = "end";

type Ending = Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;

fn ending(metadata: &MetadataMap) -> Ending {
    match metadata.get(END).and_then(|end| end.to_str().ok()) {
        Some("success") => Box::pin(ready(Ok(()))),
        Some("error") => Box::pin(ready(Err(Status::not_found("nothing here")))),
        Some("panic") => Box::pin(async { panic!("a secret of the handler") }),
        _ => Box::pin(pending()),
    }
}

// === The service ===

#[derive(Clone)]
struct Kinds;

/// One message, and then the end.
struct Messages(Option<()>, Ending);

impl Stream for Messages {
    type Item = Result<(), Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.take() {
            Some(message) => Poll::Ready(Some(Ok(message))),
            None => self.1.as_mut().poll(cx).map(|end| end.err().map(Err)),
        }
    }
}

type Answered<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;

impl UnaryService<()> for Kinds {
    type Response = ();
    type Future = Answered<()>;

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let end = ending(request.metadata());
        Box::pin(async { end.await.map(Response::new) })
    }
}

impl ClientStreamingService<()> for Kinds {
    type Response = ();
    type Future = Answered<()>;

    fn call(&mut self, request: Request<Streaming<()>>) -> Self::Future {
        let end = ending(request.metadata());
        Box::pin(async {
            request.into_inner().message().await?;
            end.await.map(Response::new)
        })
    }
}

impl ServerStreamingService<()> for Kinds {
    type Response = ();
    type ResponseStream = Messages;
    type Future = Answered<Messages>;

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let messages = Messages(Some(()), ending(request.metadata()));
        Box::pin(ready(Ok(Response::new(messages))))
    }
}

impl StreamingService<()> for Kinds {
    type Response = ();
    type ResponseStream = Messages;
    type Future = Answered<Messages>;

    fn call(&mut self, request: Request<Streaming<()>>) -> Self::Future {
        let messages = Messages(Some(()), ending(request.metadata()));
        Box::pin(async {
            request.into_inner().message().await?;
            Ok(Response::new(messages))
        })
    }
}

impl NamedService for Kinds {
    const NAME: &'static str = "test.Kinds";
}

impl Service<http::Request<RequestBody>> for Kinds {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Answer {
        Box::pin(async {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<(), ()>::default());
            Ok(match request.uri().path() {
                "/test.Kinds/Unary" => grpc.unary(Kinds, request).await,
                "/test.Kinds/Upload" => grpc.client_streaming(Kinds, request).await,
                "/test.Kinds/Watch" => grpc.server_streaming(Kinds, request).await,
                _ => grpc.streaming(Kinds, request).await,
            })
        })
    }
}

// === The callers ===

/// A server whose methods take at most so long.
async fn server(timeout: Duration) -> Server {
    let config = Config {
        policy: vec![Rule {
            methods: "test.Kinds/*".to_owned(),
            timeout: Some(timeout),
            ..Rule::default()
        }],
        ..Config::default()
    };
    let mut services = Services::default();
    services.add(Kinds);
    let set = describe_kinds("test", "Kinds", &KINDS);
    Server::start_besides(config, services, &[set]).await
}

/// Calls a method as its kind is called, and reads all that it answers; a caller that streams goes on.
async fn call(channel: Channel, method: &'static str, end: &'static str) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = format!("/test.Kinds/{method}").parse().unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let mut metadata = MetadataMap::new();
    metadata.insert(END, end.parse().unwrap());
    if end == "refusal" {
        metadata.insert("grpc-timeout", "soon".parse().unwrap());
    }
    let mut one = Request::new(());
    *one.metadata_mut() = metadata.clone();
    // Its messages end when the caller is gone.
    let (sender, messages) = mpsc::channel(1);
    sender.send(()).await.unwrap();
    let mut many = Request::new(ReceiverStream::new(messages));
    *many.metadata_mut() = metadata;
    let mut messages = match method {
        "Unary" => return grpc.unary(one, path, codec).await.map(drop),
        "Upload" => return grpc.client_streaming(many, path, codec).await.map(drop),
        "Watch" => grpc.server_streaming(one, path, codec).await?,
        _ => grpc.streaming(many, path, codec).await?,
    }
    .into_inner();
    while messages.message().await?.is_some() {}
    Ok(())
}

/// The code of the one end that the one call had.
async fn ended(server: &Server, log: &Log, what: &str) -> (String, bool) {
    server.settled().await;
    let ends = log.events("call ended");
    assert_eq!(ends.len(), 1, "{what}");
    let cancelled = ends[0]["cancelled"].as_bool().unwrap_or_default();
    (ends[0]["code"].as_str().unwrap().to_owned(), cancelled)
}

#[tokio::test]
async fn every_kind_ends_once_and_rightly_in_every_way() {
    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(50);

    for (method, _, _) in KINDS {
        for (end, timeout, code, name) in [
            ("success", LONG, Code::Ok, "OK"),
            ("refusal", LONG, Code::InvalidArgument, "INVALID_ARGUMENT"),
            ("error", LONG, Code::NotFound, "NOT_FOUND"),
            ("panic", LONG, Code::Internal, "INTERNAL"),
            (
                "deadline",
                SHORT,
                Code::DeadlineExceeded,
                "DEADLINE_EXCEEDED",
            ),
        ] {
            let what = format!("{method} {end}");
            let (log, _guard) = Log::capture();
            let server = server(timeout).await;
            let answer = call(server.connect().await, method, end).await;
            let answered = answer.map_or_else(|status| status.code(), |()| Code::Ok);
            assert_eq!(answered, code, "{what}");
            let expected = (name.to_owned(), false);
            assert_eq!(ended(&server, &log, &what).await, expected, "{what}");
        }
    }
}

#[tokio::test]
async fn a_caller_of_any_kind_that_goes_away_ends_its_call() {
    for (method, _, _) in KINDS {
        let (log, _guard) = Log::capture();
        let server = server(Duration::from_secs(600)).await;
        let calling = tokio::spawn(call(server.connect().await, method, "wait"));
        until(async || server.in_flight.count() > 0).await;
        calling.abort();
        let expected = ("CANCELLED".to_owned(), true);
        assert_eq!(ended(&server, &log, method).await, expected, "{method}");
    }
}
