//! The service whose methods behave in every way a handler can.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use chassis::call::{Call, RequestBody};
use chassis::services::Answer;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;

use super::describe;

/// The methods of the service, each named for what it does.
const METHODS: [&str; 10] = [
    "Answer",
    "Fail",
    "Panic",
    "PanicLater",
    "Wait",
    "WaitLater",
    "Echo",
    "Pour",
    UNARY,
    UNARY_WAIT,
];

/// The methods that do not stream.
pub(super) const UNARY: &str = "Unary";
const UNARY_WAIT: &str = "UnaryWait";

/// Its descriptors, encoded.
pub(crate) fn descriptors() -> Vec<u8> {
    describe("test", "Behaviour", &METHODS, true)
}

/// Stands in for a generated server.
#[derive(Clone)]
pub(crate) struct Behaviour;

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
        if method == "Answer" {
            let call = request.extensions().get::<Arc<Call>>().unwrap();
            call.add_field("note", "answered");
        }
        Box::pin(async move {
            let steps = match method.as_str() {
                "Answer" => [Step::Message, Step::Message, Step::Success],
                "Fail" => return Ok(Status::not_found("nothing here").into_http()),
                "Panic" => panic!("a secret of the handler"),
                "PanicLater" => [Step::Message, Step::Panic, Step::Success],
                UNARY => [Step::Message, Step::Success, Step::Success],
                "Wait" | UNARY_WAIT => pending().await,
                "Pour" => return Ok(grpc(Body::new(Pour))),
                "Echo" => return Ok(grpc(Body::new(Echo(request.into_body())))),
                _ => [Step::Message, Step::Wait, Step::Success],
            };
            Ok(grpc(Body::new(Script(steps.into()))))
        })
    }
}

fn grpc(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let grpc = http::HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", grpc);
    response
}

/// The trailers of a success.
fn success() -> Frame<Bytes> {
    let ok = ("grpc-status".try_into().unwrap(), "0".try_into().unwrap());
    Frame::trailers(HeaderMap::from_iter([ok]))
}

/// A response body that is the request, and a success at its end.
struct Echo(RequestBody);

impl http_body::Body for Echo {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            let frame = ready!(Pin::new(&mut self.0).poll_frame(cx));
            // A request may end with an empty frame. In a response, h2 bears only a hundred of them.
            let is_empty = |frame: &Frame<Bytes>| frame.data_ref().is_some_and(Bytes::is_empty);
            if !matches!(&frame, Some(Ok(frame)) if is_empty(frame)) {
                return Poll::Ready(Some(frame.unwrap_or_else(|| Ok(success()))));
            }
        }
    }
}

/// A response body of messages without an end.
struct Pour;

impl http_body::Body for Pour {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // Many empty messages at once.
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 16_000])))))
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
            Some(Step::Success) => success(),
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
