//! How many connections there are, and when.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use client::State;
use tokio::task::JoinSet;
use tonic::Code;

use super::harness::{self, Behaviour, DO, SAY, Server};

#[tokio::test]
async fn nothing_is_connected_before_the_first_call_and_one_connection_serves_many() {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    assert_eq!(channel.state(), State::Idle);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.connections(), 0);
    // All at once: one of them connects, the others wait.
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let channel = channel.clone();
        calls.spawn(async move { harness::unary(&channel, DO).await });
    }
    while let Some(call) = calls.join_next().await {
        assert_eq!(call.unwrap().unwrap().into_inner(), "hello");
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(channel.state(), State::Ready);
    let stats = channel.stats();
    assert_eq!(
        (stats.endpoints[0].calls, stats.endpoints[0].in_flight),
        (50, 0)
    );
}

#[tokio::test]
async fn connections_grow_with_the_streams_to_their_limit() {
    let server = Server::start().await;
    server.behave(Behaviour::Slow(Duration::from_millis(300)));
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.pooling.streams = 10;
    settings.pooling.max_connections = 3;
    let channel = harness::open(&settings);
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let channel = channel.clone();
        calls.spawn(async move { harness::unary(&channel, DO).await });
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    assert_eq!(server.connections(), 3);
    assert_eq!(channel.stats().endpoints[0].ready, 3);
}

#[tokio::test]
async fn connections_that_were_needed_once_are_not_opened_again() {
    let server = Server::start().await;
    server.behave(Behaviour::Slow(Duration::from_millis(100)));
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.pooling.streams = 1;
    settings.pooling.max_connections = 3;
    settings.pooling.idle = Duration::from_millis(200);
    let channel = harness::open(&settings);
    // In use all the time: else all of them would be closed at once.
    let quiet = harness::stream(channel.clone(), harness::TALK, tokio_stream::pending());
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let channel = channel.clone();
        calls.spawn(async move { harness::unary(&channel, DO).await });
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let _stream = quiet.await.unwrap();
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    harness::until("one is left", async || {
        channel.stats().endpoints[0].ready == 1
    })
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn connections_that_nobody_uses_are_closed_and_the_next_call_connects_again() {
    let server = Server::start().await;
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.pooling.idle = Duration::from_millis(100);
    let channel = harness::open(&settings);
    let mut states = channel.watch();
    harness::unary(&channel, SAY).await.unwrap();
    let idle = states.wait_for(|state| *state == State::Idle);
    tokio::time::timeout(harness::SOON, idle)
        .await
        .unwrap()
        .unwrap();
    assert!(channel.stats().endpoints.is_empty());
    harness::unary(&channel, SAY).await.unwrap();
    assert_eq!(server.connections(), 2);
    // A stream is use, however quiet it is.
    let quiet = harness::stream(channel.clone(), harness::TALK, tokio_stream::pending());
    let _stream = quiet.await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(channel.state(), State::Ready);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn calls_fail_at_once_when_nobody_can_be_reached_unless_they_shall_wait() {
    let server = Server::start().await;
    let address = server.address();
    drop(server);
    let mut settings = harness::settings(format!("http://{address}"));
    let channel = harness::open(&settings);
    let status = harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let cause = format!("no server can be reached: `{address}`: ");
    assert!(status.message().starts_with(&cause), "{status}");
    assert_eq!(channel.state(), State::TransientFailure);
    assert!(channel.stats().last_error.is_some());

    settings.wait_for_ready = true;
    let patient = harness::open(&settings);
    let call = tokio::spawn(async move { harness::unary(&patient, DO).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let _server = Server::start_at(address).await;
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn connecting_is_tried_until_it_succeeds_or_the_time_is_over() {
    let server = Server::start().await;
    let address = server.address();
    drop(server);
    let mut settings = harness::settings(format!("http://{address}"));
    settings.connecting.give_up = Duration::from_millis(300);
    let error = client::connect(&settings).await.unwrap_err().to_string();
    let start = format!("cannot connect to `http://{address}`: `{address}`: ");
    assert!(error.starts_with(&start), "{error}");

    settings.connecting.give_up = Duration::from_secs(20);
    let connecting = tokio::spawn(async move { client::connect(&settings).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let _server = Server::start_at(address).await;
    assert_eq!(connecting.await.unwrap().unwrap().state(), State::Ready);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_not_connected_to_all_the_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = harness::settings(format!("http://{}", listener.local_addr().unwrap()));
    let counted = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = std::sync::Arc::clone(&counted);
    let _accepting = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Relaxed);
            drop(stream);
        }
    });
    let channel = harness::open(&settings);
    let _ = harness::unary(&channel, DO).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    // Waits of 50, 80, 128, 200 and 200 ms.
    assert!((2..=8).contains(&counted.load(Relaxed)), "{counted:?}");
}

#[tokio::test]
async fn a_unix_socket_is_a_target() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let (known, leaving) = harness::server::known();
    let (seen, watch) = (std::sync::Arc::clone(&known), leaving.subscribe());
    let _serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        harness::server::serve(stream, seen, watch).await;
    });
    let channel = harness::open(&harness::settings(format!("unix:{}", path.display())));
    harness::unary(&channel, SAY).await.unwrap();
    assert_eq!(known.calls.load(Relaxed), 1);
    let shown = format!("unix:{}", path.display());
    assert_eq!(channel.stats().endpoints[0].address, shown);
}

#[tokio::test]
async fn times_without_end_are_times() {
    let server = Server::start().await;
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.timeout = Duration::MAX;
    settings.connecting.timeout = Duration::MAX;
    settings.connecting.give_up = Duration::MAX;
    settings.pooling.idle = Duration::MAX;
    settings.pooling.resolve_every = Duration::MAX;
    settings.retries.attempt_timeout = Some(Duration::MAX);
    settings.health.every = Some(Duration::MAX);
    settings.health.timeout = Duration::MAX;
    let channel = harness::open(&settings);
    channel.connected().await.unwrap();
    harness::unary(&channel, SAY).await.unwrap();
}
