//! Connections that misbehave cost little and hold nothing up.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::num::NonZeroUsize;
use std::time::Duration;

use chassis::config;
use chassis::runtime::Exit;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

use harness::{Server, call};

mod harness;

/// Waits until the server closes the connection; a reset is a way to close it.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let closed = stream.read_to_end(&mut rest);
    let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
    let _ = closed.expect("the server closes the connection");
}

#[tokio::test]
async fn a_client_that_never_speaks_is_closed() {
    let settings = config::Server {
        handshake_timeout: Duration::from_millis(50),
        ..Default::default()
    };
    let server = Server::start(settings).await;
    closed(TcpStream::connect(server.address).await.unwrap()).await;
}

#[tokio::test]
async fn another_protocol_is_closed() {
    let server = Server::start(config::Server::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    closed(stream).await;
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
    assert_eq!(
        call(&channel, "Fail").await.unwrap_err().code(),
        Code::NotFound
    );
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
