//! Names whose addresses change.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Channel, Resolve, Resolving, Settings};
use tokio::task::JoinSet;
use tonic::Code;

use super::harness::{self, Behaviour, DO, SAY, Server};

/// What a name stands for, as the test wants it.
#[derive(Debug, Clone, Default)]
struct Names {
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
    asked: Arc<AtomicU64>,
}

impl Names {
    fn set(&self, servers: &[&Server]) {
        let addresses = servers.iter().map(|server| server.address());
        *self.addresses.lock().unwrap() = addresses.collect();
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        assert_eq!((host, port), ("echo.example", 50051));
        self.asked.fetch_add(1, Relaxed);
        let addresses = self.addresses.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

fn open(names: &Names, every: Duration) -> Channel {
    open_with(names, settings(every))
}

fn settings(every: Duration) -> Settings {
    let mut settings = harness::settings("http://echo.example:50051");
    settings.pooling.resolve_every = every;
    settings.pooling.resolve_at_most = Duration::from_millis(20);
    settings
}

fn open_with(names: &Names, settings: Settings) -> Channel {
    let builder = Channel::builder(&settings).descriptors(&harness::descriptors());
    builder.resolver(names.clone()).open().unwrap()
}

#[tokio::test]
async fn new_addresses_are_found_on_a_timer_and_old_ones_left() {
    let (one, other) = (Server::start().await, Server::start().await);
    let names = Names::default();
    names.set(&[&one]);
    let channel = open(&names, Duration::from_millis(30));
    harness::unary(&channel, SAY).await.unwrap();
    assert_eq!((one.calls(), other.calls()), (1, 0));
    names.set(&[&one, &other]);
    harness::until("the new one is called", async || {
        harness::unary(&channel, SAY).await.unwrap();
        other.calls() > 0
    })
    .await;
    // A call in flight at an address that goes may end.
    let mut stream = harness::watch(&channel).await.unwrap().into_inner();
    names.set(&[]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    harness::unary(&channel, SAY).await.unwrap();
    names.set(&[&other]);
    harness::until("the old one is gone", async || {
        channel.stats().endpoints.len() == 1
    })
    .await;
    let before = one.calls();
    for _ in 0..20 {
        harness::unary(&channel, SAY).await.unwrap();
        assert!(stream.message().await.unwrap().is_some());
    }
    assert_eq!(one.calls(), before);
}

#[tokio::test]
async fn a_new_address_gets_its_connections_although_another_one_has_all_that_it_may_have() {
    let (one, other) = (Server::start().await, Server::start().await);
    one.behave(Behaviour::Silent);
    other.behave(Behaviour::Silent);
    let names = Names::default();
    names.set(&[&one]);
    let mut settings = settings(Duration::from_millis(30));
    settings.pooling.streams = 2;
    settings.pooling.max_connections = 3;
    let channel = open_with(&names, settings);
    let mut calls = JoinSet::new();
    let mut call = || {
        let channel = channel.clone();
        calls.spawn(async move { harness::unary(&channel, DO).await });
    };
    harness::until("all are busy", async || {
        call();
        one.calls() > 20
    })
    .await;
    assert_eq!(one.connections(), 3);
    names.set(&[&one, &other]);
    harness::until("the other one has as many", async || {
        call();
        other.connections() == 3
    })
    .await;
}

#[tokio::test]
async fn a_failed_connection_asks_for_the_addresses_at_once() {
    let (one, other) = (Server::start().await, Server::start().await);
    let names = Names::default();
    names.set(&[&one]);
    let channel = open(&names, Duration::from_secs(3600));
    harness::unary(&channel, SAY).await.unwrap();
    assert_eq!(names.asked.load(Relaxed), 1);
    names.set(&[&other]);
    drop(one);
    harness::until("the new one is called", async || {
        harness::unary(&channel, DO).await.is_ok()
    })
    .await;
    assert!(other.calls() > 0);
}

#[tokio::test]
async fn a_name_without_addresses_is_said_and_asked_for_again() {
    let names = Names::default();
    let channel = open(&names, Duration::from_millis(50));
    let status = harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let cause = "`echo.example:50051` has no address";
    assert!(status.message().ends_with(cause), "{status}");
    let server = Server::start().await;
    names.set(&[&server]);
    harness::until("it is found", async || {
        harness::unary(&channel, DO).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn the_system_knows_localhost() {
    let server = Server::start().await;
    let settings = harness::settings(format!("http://localhost:{}", server.address().port()));
    harness::unary(&harness::open(&settings), DO).await.unwrap();
}

#[tokio::test]
async fn calls_name_the_first_host_or_what_the_settings_say() {
    let (one, other) = (Server::start().await, Server::start().await);
    let mut settings = harness::settings(harness::target(&[&one, &other]));
    let named = |channel: client::Channel| async move {
        harness::unary(&channel, SAY).await.unwrap();
    };
    named(harness::open(&settings)).await;
    let seen = || {
        let servers = [&one, &other];
        let mut seen =
            servers.map(|server| std::mem::take(&mut *server.known.authority.lock().unwrap()));
        seen.sort();
        seen
    };
    assert_eq!(seen(), ["".to_owned(), one.address().to_string()]);
    settings.authority = Some("greeter.internal".to_owned());
    named(harness::open(&settings)).await;
    assert_eq!(seen(), ["", "greeter.internal"]);
}
