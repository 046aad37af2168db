//! Encrypted connections: what is spoken, who is let in, and how certificates change.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use chassis::config::{self, Config, TlsMode};
use chassis::transport::Probe;
use tonic::Code;

use authority::Authority;
use client::{Client, failed};
use harness::Server;
use harness::wait::until;

mod authority;
mod client;
#[path = "../harness/mod.rs"]
mod harness;
mod mutual;
mod rotation;
mod spoken;

/// A server whose certificate `authority` has issued, with the files in `folder`.
async fn start(authority: &Authority, folder: &str, mode: TlsMode) -> (Server, Config) {
    let config = authority.settings(folder, mode);
    (Server::start_with(config.clone()).await, config)
}

#[tokio::test]
async fn calls_pass_as_without_tls() {
    let authority = Authority::new();
    let (server, _) = start(&authority, "calls", TlsMode::Server).await;
    let channel = Client::of(&authority)
        .channel(server.address)
        .await
        .unwrap();
    let status = harness::call(&channel, "Fail").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let mut messages = harness::call(&channel, "Answer")
        .await
        .unwrap()
        .into_inner();
    assert!(messages.message().await.unwrap().is_some());
    assert!(messages.message().await.unwrap().is_some());
    assert!(messages.message().await.unwrap().is_none());
    drop(channel);
    server.trigger.end();
    assert_eq!(server.running.await.unwrap(), chassis::runtime::Exit::Clean);
}

#[tokio::test]
async fn bytes_in_the_clear_are_refused() {
    let authority = Authority::new();
    let (server, _) = start(&authority, "clear", TlsMode::Server).await;
    let endpoint = tonic::transport::Endpoint::try_from(format!("http://{}", server.address));
    let channel = endpoint.unwrap().connect().await;
    if let Ok(channel) = channel {
        let status = harness::call(&channel, "Fail").await.unwrap_err();
        assert_ne!(status.code(), Code::NotFound);
    }
    failed(&server, "tls").await;
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_is_closed_and_holds_nothing_up() {
    let authority = Authority::new();
    let mut config = authority.settings("silent", TlsMode::Server);
    config.server.handshake_timeout = std::time::Duration::from_millis(100);
    let server = Server::start_with(config.clone()).await;
    let silent = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    failed(&server, "preface_timeout").await;
    drop(silent);

    config.server.handshake_timeout = std::time::Duration::from_secs(60);
    let server = Server::start_with(config).await;
    let _silent = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    until(async || server.shared.connections.active() > 0).await;
    // Others are not kept waiting by it, nor is the end.
    let channel = Client::of(&authority)
        .channel(server.address)
        .await
        .unwrap();
    let status = harness::call(&channel, "Fail").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    server.trigger.end();
    assert_eq!(server.running.await.unwrap(), chassis::runtime::Exit::Clean);
}

#[tokio::test]
async fn a_server_knows_itself_by_its_certificate() {
    let authority = Authority::new();
    for (folder, mode) in [
        ("itself", TlsMode::Server),
        ("mutual-itself", TlsMode::Mutual),
    ] {
        let (server, config) = start(&authority, folder, mode).await;
        let probe = Probe::new(&config.tls).unwrap();
        probe.connect(server.address).await.unwrap();
        // Another server of the same authority is another server.
        let (other, _) = start(&authority, &format!("{folder}-other"), mode).await;
        let error = probe.connect(other.address).await.unwrap_err();
        assert!(error.to_string().contains("another certificate"), "{error}");
    }
    let off = Probe::new(&config::Tls::default()).unwrap();
    let server = Server::start(config::Server::default()).await;
    off.connect(server.address).await.unwrap();
}
