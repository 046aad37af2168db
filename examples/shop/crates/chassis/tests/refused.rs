//! A client whose calls are answered before their messages are read keeps its connection, and the
//! calls on it that go on.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chassis::config;
use http::uri::PathAndQuery;
use http_body::{Body, Frame};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_prost::ProstCodec;

use harness::{Server, call, handshake, request};

mod harness;

/// Calls at one time: so many that their messages arrive after the answers have left.
const AT_ONCE: usize = 100;
/// Many times what HTTP/2 libraries forgive, which is some thousand.
const CALLS: usize = 20_000;
/// Bytes of a large message: less than the window of a stream, so that all of it may be on its way.
const LARGE: usize = 1_000_000;
/// Calls with such messages: their frames are more than what HTTP/2 libraries forgive.
const LARGE_CALLS: usize = 2000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_refusals_harm_no_other_call() {
    unharmed("NoSuchMethod", &[Code::Unimplemented]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_answers_to_unread_requests_harm_no_other_call() {
    // The second is from the limit of rates, where there is one.
    unharmed("Fail", &[Code::NotFound, Code::ResourceExhausted]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_of_large_messages_harm_no_other_call() {
    let server = Server::start(settings()).await;
    let channel = server.connect().await;
    let mut other = begun(&channel).await;
    let mut callers = JoinSet::new();
    for _ in 0..LARGE_CALLS {
        let mut grpc = Grpc::new(channel.clone());
        callers.spawn(async move {
            grpc.ready().await.unwrap();
            let message = tonic::Request::new(vec![0; LARGE]);
            let path = PathAndQuery::from_static("/test.Behaviour/NoSuchMethod");
            let codec = ProstCodec::<Vec<u8>, ()>::default();
            grpc.unary(message, path, codec).await.unwrap_err().code()
        });
    }
    while let Some(code) = callers.join_next().await {
        assert_eq!(code.unwrap(), Code::Unimplemented);
    }
    goes_on(&mut other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_messages_may_wait_for_their_handler() {
    let server = Server::start(settings()).await;
    let (mut sender, connection) = handshake(&server).await;
    let (sent, all_sent) = oneshot::channel();
    let messages = tonic::body::Body::new(Messages(CALLS, Some(sent)));
    let request = request(&server, "Wait").body(messages).unwrap();
    let waiting = tokio::spawn(sender.send_request(request));
    all_sent.await.unwrap();
    sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished() && !connection.is_finished());
}

/// So many small messages, each in a frame of its own; tells when the last is on its way.
struct Messages(usize, Option<oneshot::Sender<()>>);

impl Body for Messages {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.0 == 0 {
            if let Some(sent) = self.1.take() {
                let _ = sent.send(());
            }
            return Poll::Pending;
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 5])))))
    }
}

async fn unharmed(method: &'static str, codes: &'static [Code]) {
    let server = Server::start(settings()).await;
    let channel = server.connect().await;
    let mut other = begun(&channel).await;
    let mut callers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let channel = channel.clone();
        callers.spawn(async move {
            for _ in 0..CALLS / AT_ONCE {
                let status = call(&channel, method).await.unwrap_err();
                assert!(codes.contains(&status.code()), "{status}");
            }
        });
    }
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    goes_on(&mut other).await;
}

fn settings() -> config::Server {
    let mut settings = config::Server::default();
    settings.connection.age = Duration::ZERO;
    settings
}

/// A call that has begun on the same connection, and waits.
async fn begun(channel: &Channel) -> Streaming<()> {
    let mut other = call(channel, "WaitLater").await.unwrap().into_inner();
    assert!(other.message().await.unwrap().is_some());
    other
}

async fn goes_on(other: &mut Streaming<()>) {
    let waiting = timeout(Duration::from_millis(50), other.message());
    assert!(waiting.await.is_err(), "the other call goes on");
}
