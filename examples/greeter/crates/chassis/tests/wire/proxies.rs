//! Where calls come from, when proxies stand between.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chassis::call::Call;
use chassis::config::{self, Config};
use chassis::guard::{Guard, Refusal};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UnixStream};

use crate::errors;
use crate::frames::{HEADERS, PREFACE, SETTINGS, Wire, frame, whole};
use crate::harness::wait::until;
use crate::harness::{Server, raw};

/// Where the calls have come from.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Vec<SocketAddr>>>);

impl Guard for Seen {
    fn check(&self, call: &mut Call, _: &http::request::Parts) -> Result<(), Refusal> {
        self.0.lock().unwrap().push(call.peer());
        Ok(())
    }
}

impl Seen {
    fn last(&self) -> String {
        self.0.lock().unwrap().pop().unwrap().to_string()
    }
}

async fn start(trusted: &[&str], proxy_protocol: bool, socket: &str) -> (Server, Seen) {
    let seen = Seen::default();
    let guard = seen.clone();
    let server = config::Server {
        trusted_proxies: trusted.iter().map(|net| net.parse().unwrap()).collect(),
        proxy_protocol,
        socket: socket.into(),
        ..config::Server::default()
    };
    let config = Config {
        server,
        ..Config::default()
    };
    let server = Server::start_guarded(config, |stack| stack.add_guard(guard)).await;
    (server, seen)
}

#[tokio::test]
async fn headers_count_from_trusted_proxies_alone() {
    let forwarded = [("x-forwarded-for", "6.6.6.6, 203.0.113.7")];
    let real = [("x-real-ip", "203.0.113.8")];
    let (server, seen) = start(&["127.0.0.0/8"], false, "").await;
    raw(&server, "Fail", &forwarded).await;
    assert_eq!(seen.last(), "203.0.113.7:0");
    raw(&server, "Fail", &real).await;
    assert_eq!(seen.last(), "203.0.113.8:0");
    raw(&server, "Fail", &[]).await;
    assert!(seen.last().starts_with("127.0.0.1:"));

    for trusted in [&[][..], &["10.0.0.0/8"]] {
        let (server, seen) = start(trusted, false, "").await;
        raw(&server, "Fail", &forwarded).await;
        assert!(seen.last().starts_with("127.0.0.1:"));
    }
}

#[tokio::test]
async fn the_proxy_protocol_tells_who_opened_the_connection() {
    let (server, seen) = start(&["127.0.0.1/32"], true, "").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let header = b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n";
    stream.write_all(header).await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    let mut wire = Wire(stream);
    wire.send(&whole(1, "Fail")).await;
    wire.next_of(HEADERS).await.unwrap();
    assert_eq!(seen.last(), "203.0.113.7:4711");
    let report = server.shared.connections.report();
    assert_eq!(report[0].peer.to_string(), "203.0.113.7:4711");

    // A proxy that says nothing is not believed to be the caller.
    let mut wire = Wire::open(&server).await;
    while wire.next().await.is_some() {}
    assert_eq!(errors(&server, "proxy_protocol"), 1);
}

#[tokio::test]
async fn whoever_is_not_trusted_speaks_no_proxy_protocol() {
    let (server, seen) = start(&["10.0.0.0/8"], true, "").await;
    raw(&server, "Fail", &[]).await;
    assert!(seen.last().starts_with("127.0.0.1:"));
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let header = b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n";
    stream.write_all(header).await.unwrap();
    let mut wire = Wire(stream);
    while wire.next().await.is_some() {}
    assert_eq!(errors(&server, "preface"), 1);
}

#[tokio::test]
async fn a_unix_socket_is_served_and_cleared_away() {
    let socket = format!("{}/wire.sock", env!("CARGO_TARGET_TMPDIR"));
    // What a killed server has left.
    drop(std::os::unix::net::UnixListener::bind(&socket));
    let (server, seen) = start(&[], false, &socket).await;
    let mut stream = UnixStream::connect(&socket).await.unwrap();
    let bytes = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &whole(1, "Fail")].concat();
    stream.write_all(&bytes).await.unwrap();
    until(async || !seen.0.lock().unwrap().is_empty()).await;
    assert_eq!(seen.last(), "127.0.0.1:0");
    drop(stream);
    server.trigger.end();
    server.running.await.unwrap();
    assert!(!std::path::Path::new(&socket).exists());
}
