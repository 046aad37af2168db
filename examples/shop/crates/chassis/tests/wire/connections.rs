//! Connections that misbehave cost little and hold nothing up.

use std::num::NonZeroUsize;
use std::time::Duration;

use chassis::config;
use chassis::runtime::Exit;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

use crate::frames::{DATA, Wire, frame};
use crate::harness::wait::until;
use crate::harness::{Server, call};

/// Waits until the server closes the connection; a reset is a way to close it.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let closed = stream.read_to_end(&mut rest);
    let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
    let _ = closed.expect("the server closes the connection");
}

/// Waits until that many connections have failed for `cause`, and checks that none did otherwise.
async fn failed(server: &Server, cause: &str, times: u64) {
    let errors = || server.shared.connections.errors();
    let known = |(name, count): (&str, u64)| name == cause && count >= times;
    until(async || errors().into_iter().any(known)).await;
    let all: u64 = errors().iter().map(|(_, count)| count).sum();
    assert_eq!(all, times, "{:?}", errors());
}

#[tokio::test]
async fn a_client_that_never_speaks_is_closed() {
    let settings = config::Server {
        handshake_timeout: Duration::from_millis(50),
        ..Default::default()
    };
    let server = Server::start(settings).await;
    closed(TcpStream::connect(server.address).await.unwrap()).await;
    failed(&server, "preface_timeout", 1).await;
}

#[tokio::test]
async fn another_protocol_is_closed() {
    let server = Server::start(config::Server::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    closed(stream).await;
    failed(&server, "preface", 1).await;
}

#[tokio::test]
async fn connections_above_the_limit_are_closed() {
    let settings = config::Server {
        max_connections: NonZeroUsize::MIN,
        ..Default::default()
    };
    let server = Server::start(settings).await;
    let channel = server.connect().await;
    assert_eq!(
        call(&channel, "Fail").await.unwrap_err().code(),
        Code::NotFound
    );
    closed(TcpStream::connect(server.address).await.unwrap()).await;
    failed(&server, "refused_limit", 1).await;
    assert_eq!(
        call(&channel, "Fail").await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_client_that_closes_before_it_speaks_is_no_other_protocol() {
    let server = Server::start(config::Server::default()).await;
    drop(TcpStream::connect(server.address).await.unwrap());
    failed(&server, "preface_incomplete", 1).await;
}

#[tokio::test]
async fn a_client_that_is_gone_is_found_by_pings() {
    let short = Duration::from_millis(50);
    let keepalive = config::Keepalive {
        interval: short,
        timeout: short,
        ..Default::default()
    };
    let settings = config::Server {
        keepalive,
        ..Default::default()
    };
    let server = Server::start(settings).await;
    closed(Wire::open(&server).await.0).await;
    failed(&server, "keepalive_timeout", 1).await;
}

#[tokio::test]
async fn a_breach_of_http2_and_a_reset_are_told_apart() {
    let server = Server::start(config::Server::default()).await;
    let mut wire = Wire::open(&server).await;
    // One byte of data that belongs to no stream.
    wire.send(&frame(DATA, 0, 0, &[0])).await;
    closed(wire.0).await;
    failed(&server, "protocol", 1).await;

    let server = Server::start(config::Server::default()).await;
    let mut stream = Wire::open(&server).await.0;
    // The server's settings: it is past the preface.
    stream.read_u8().await.unwrap();
    stream.set_zero_linger().unwrap();
    drop(stream);
    failed(&server, "io", 1).await;
}

#[tokio::test]
async fn open_connections_are_told_with_their_calls() {
    let server = Server::start(config::Server::default()).await;
    let connections = &server.shared.connections;
    let channel = server.connect().await;
    call(&channel, "Fail").await.unwrap_err();
    let waiting = call(&channel, "WaitLater").await.unwrap();
    let [open] = &connections.report()[..] else {
        panic!("one connection: {:?}", connections.report());
    };
    assert!(open.peer.ip().is_loopback());
    assert!(open.since.ends_with('Z'));
    assert_eq!((open.calls, open.calls_total), (1, 2));

    drop(waiting);
    server.settled().await;
    assert_eq!(connections.report()[0].calls, 0);
    drop(channel);
    until(async || connections.active() == 0).await;
    assert_eq!(connections.accepted(), 1);
    let errors = connections.errors();
    assert!(errors.iter().all(|(_, count)| *count == 0), "{errors:?}");
}

#[tokio::test]
async fn the_end_waits_for_a_call_but_not_for_ever() {
    let settings = config::Server {
        shutdown: config::Shutdown {
            timeout: Duration::from_millis(50),
            ..Default::default()
        },
        ..Default::default()
    };
    let server = Server::start(settings).await;
    let channel = server.connect().await;
    let mut messages = call(&channel, "WaitLater").await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());
    server.trigger.end();
    assert_eq!(server.running.await.unwrap(), Exit::Cut);
}
