//! Work is bounded: what exceeds the bound is refused at once, and told when to come back.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chassis::config::{Config, LoadShedding};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use harness::wait::until;
use harness::{Server, call, handshake, request};

mod harness;

async fn server(load_shedding: LoadShedding) -> Server {
    Server::start_with(Config {
        load_shedding,
        ..Config::default()
    })
    .await
}

fn one(queue: usize, queue_timeout: Duration) -> LoadShedding {
    LoadShedding {
        concurrency: NonZeroUsize::MIN,
        queue,
        queue_timeout,
        streams: NonZeroUsize::MIN,
        ..LoadShedding::default()
    }
}

/// Starts a call that waits, and returns when the server has it.
async fn occupy(server: &Server, method: &'static str) -> tokio::task::JoinHandle<()> {
    let channel = server.connect().await;
    let before = server.in_flight.count();
    let waiting = tokio::spawn(async move {
        let _ = call(&channel, method).await;
    });
    until(async || server.in_flight.count() > before).await;
    waiting
}

fn refused(status: &Status) {
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status.message(), "the server is busy");
    let pushback = status.metadata().get("grpc-retry-pushback-ms").unwrap();
    assert_eq!(pushback, "1000");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
    assert_eq!(details.error_info().unwrap().domain, "test.Behaviour");
    assert!(details.retry_info().unwrap().retry_delay.is_some());
}

#[tokio::test]
async fn calls_beyond_the_queue_are_refused() {
    let server = server(one(0, Duration::from_secs(60))).await;
    let _waiting = occupy(&server, "UnaryWait").await;
    let channel = server.connect().await;
    refused(&call(&channel, "Unary").await.unwrap_err());
}

#[tokio::test]
async fn a_queued_call_has_its_turn_when_another_ends() {
    let server = server(one(1, Duration::from_secs(60))).await;
    let waiting = occupy(&server, "UnaryWait").await;
    let channel = server.connect().await;
    let queued = tokio::spawn(async move { call(&channel, "Unary").await.map(drop) });
    until(async || server.in_flight.count() == 2).await;
    refused(&call(&server.connect().await, "Unary").await.unwrap_err());
    // Its caller goes away: the slot is free again.
    waiting.abort();
    queued.await.unwrap().unwrap();
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let server = server(one(1, Duration::from_millis(20))).await;
    let _waiting = occupy(&server, "UnaryWait").await;
    refused(&call(&server.connect().await, "Unary").await.unwrap_err());
}

#[tokio::test]
async fn streams_have_a_bound_of_their_own() {
    let server = server(one(0, Duration::ZERO)).await;
    let _waiting = occupy(&server, "Wait").await;
    let channel = server.connect().await;
    call(&channel, "Unary").await.unwrap();
    refused(&call(&channel, "Answer").await.unwrap_err());
}

/// A request body in pieces, which come when the test sends them.
struct Pieces(tokio::sync::mpsc::UnboundedReceiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.0
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

#[tokio::test]
async fn short_memory_refuses_the_rest_of_large_messages_and_of_no_others() {
    let server = server(LoadShedding::default()).await;
    for (length, is_refused) in [(1_u32 << 20, true), (20_000, false)] {
        let (mut sender, _) = handshake(&server).await;
        let (pieces, receiver) = tokio::sync::mpsc::unbounded_channel();
        let piece = |size| pieces.send(Bytes::from(vec![0; size])).unwrap();
        let body = tonic::body::Body::new(Pieces(receiver));
        let request = request(&server, "Echo").body(body).unwrap();
        let mut prefix = vec![0];
        prefix.extend(length.to_be_bytes());
        pieces.send(prefix.into()).unwrap();
        piece(10_000);
        let mut answer = sender.send_request(request).await.unwrap().into_body();
        let next = async |answer: &mut Incoming| {
            let frame = poll_fn(|cx| Pin::new(&mut *answer).poll_frame(cx)).await;
            frame.unwrap()
        };
        assert!(next(&mut answer).await.unwrap().is_data());
        server.shared.pressure.set(true);
        piece(10_000);
        drop(pieces);
        // This handler passes an error on as it is, and the stream is reset.
        let ended = loop {
            match next(&mut answer).await.map(Frame::into_trailers) {
                Ok(Ok(trailers)) => break Ok(trailers),
                Ok(Err(_)) => {}
                Err(error) => break Err(error),
            }
        };
        assert_eq!(ended.is_err(), is_refused, "{ended:?}");
        server.settled().await;
        server.shared.pressure.set(false);
    }
}

#[tokio::test]
async fn short_memory_refuses_new_calls_until_it_is_enough() {
    let server = server(LoadShedding::default()).await;
    let channel = server.connect().await;
    server.shared.pressure.set(true);
    refused(&call(&channel, "Unary").await.unwrap_err());
    refused(&call(&channel, "Answer").await.unwrap_err());
    server.shared.pressure.set(false);
    call(&channel, "Unary").await.unwrap();
}
