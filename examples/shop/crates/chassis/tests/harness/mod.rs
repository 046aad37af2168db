//! A server with one service that behaves in every way a handler can.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use chassis::call::RequestBody;
use chassis::config;
use chassis::observe::InFlight;
use chassis::runtime::{self, Exit, Lifecycle, Signals, Trigger};
use chassis::services::{Answer, Routes, Services};
use chassis::stack::Stack;
use chassis::transport;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use prost::Message;
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Response as Reply, Status, Streaming};
use tonic_prost::ProstCodec;

/// The methods of the service, each named for what it does.
const METHODS: [&str; 6] = ["Answer", "Fail", "Panic", "PanicLater", "Wait", "WaitLater"];

/// A server that runs in this process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) in_flight: InFlight,
    pub(crate) trigger: Trigger,
    pub(crate) running: JoinHandle<Exit>,
}

impl Server {
    pub(crate) async fn start(mut settings: config::Server) -> Self {
        settings.host = std::net::Ipv4Addr::LOCALHOST.into();
        settings.port = 0;
        let mut services = Services::default();
        services.add(Behaviour);
        let routes = Routes::new(services, &[&descriptors()]).unwrap();
        let in_flight = InFlight::default();
        let stack = Stack::new(in_flight.clone());
        let server = transport::Server::bind(&settings, routes, stack)
            .await
            .unwrap();
        let address = server.address().unwrap();
        let (trigger, signals) = Signals::triggered();
        let calls = in_flight.clone();
        let running = tokio::spawn(async move {
            let lifecycle = Lifecycle::new();
            runtime::run(server, lifecycle, &settings.shutdown, &calls, signals).await
        });
        Self {
            address,
            in_flight,
            trigger,
            running,
        }
    }

    pub(crate) async fn connect(&self) -> Channel {
        let endpoint = Endpoint::try_from(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// Waits until no call is in flight.
    pub(crate) async fn settled(&self) {
        while self.in_flight.count() > 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// Calls a method with one empty message.
pub(crate) async fn call(channel: &Channel, method: &str) -> Result<Reply<Streaming<()>>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = format!("/test.Behaviour/{method}").try_into().unwrap();
    let codec = ProstCodec::<(), ()>::default();
    grpc.server_streaming(tonic::Request::new(()), path, codec)
        .await
}

fn descriptors() -> Vec<u8> {
    let method = |name: &str| MethodDescriptorProto {
        name: Some(name.to_owned()),
        server_streaming: Some(true),
        ..Default::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Behaviour".to_owned()),
        method: METHODS.map(method).to_vec(),
        ..Default::default()
    };
    let file = FileDescriptorProto {
        package: Some("test".to_owned()),
        service: vec![service],
        ..Default::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

/// Stands in for a generated server.
#[derive(Clone)]
struct Behaviour;

impl NamedService for Behaviour {
    const NAME: &'static str = "test.Behaviour";
}

impl Service<Request<RequestBody>> for Behaviour {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Answer {
        let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
        Box::pin(async move {
            let steps = match method.as_str() {
                "Answer" => [Step::Message, Step::Message, Step::Success],
                "Fail" => return Ok(Status::not_found("nothing here").into_http()),
                "Panic" => panic!("a secret of the handler"),
                "PanicLater" => [Step::Message, Step::Panic, Step::Success],
                "Wait" => pending().await,
                _ => [Step::Message, Step::Wait, Step::Success],
            };
            let mut response = Response::new(Body::new(Script(steps.into())));
            let grpc = http::HeaderValue::from_static("application/grpc");
            response.headers_mut().insert("content-type", grpc);
            Ok(response)
        })
    }
}

/// What a response body does next.
enum Step {
    Message,
    Success,
    Panic,
    Wait,
}

/// A response body that follows a script.
struct Script(VecDeque<Step>);

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = match self.0.pop_front() {
            Some(Step::Message) => Frame::data(Bytes::from_static(&[0; 5])),
            Some(Step::Success) => {
                let ok = ("grpc-status".try_into().unwrap(), "0".try_into().unwrap());
                Frame::trailers(HeaderMap::from_iter([ok]))
            }
            Some(Step::Panic) => panic!("a secret of the stream"),
            Some(Step::Wait) => {
                self.0.push_front(Step::Wait);
                return Poll::Pending;
            }
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(frame)))
    }
}
