//! Calls that the server has not looked at: any method is called again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use h2::Reason;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::Code;

use super::harness::{self, Behaviour, DO, Server};

/// A server that resets every stream with `reason`.
struct Resets {
    address: SocketAddr,
    calls: Arc<AtomicU64>,
    /// Ends with the value.
    _tasks: JoinSet<()>,
}

impl Resets {
    async fn start(reason: Reason) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&calls);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    while let Some(Ok((_, mut respond))) = connection.accept().await {
                        count.fetch_add(1, Relaxed);
                        respond.send_reset(reason);
                    }
                });
            }
        });
        Self {
            address,
            calls,
            _tasks: tasks,
        }
    }
}

#[tokio::test]
async fn a_refused_stream_is_made_again_elsewhere() {
    let (refuses, good) = (
        Resets::start(Reason::REFUSED_STREAM).await,
        Server::start().await,
    );
    let target = format!("http://{},{}", refuses.address, good.address());
    let channel = harness::open(&harness::settings(target));
    harness::unary(&channel, DO).await.unwrap();
    harness::connected(&channel).await;
    for _ in 0..20 {
        harness::unary(&channel, DO).await.unwrap();
    }
    assert!(refuses.calls.load(Relaxed) > 0);
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_not_stormed() {
    let refuses = Resets::start(Reason::REFUSED_STREAM).await;
    let mut settings = harness::settings(format!("http://{}", refuses.address));
    settings.retries.burst = 10;
    let channel = harness::open(&settings);
    for _ in 0..100 {
        let status = harness::unary(&channel, DO).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
    // One that is free for each call, a tenth, and the burst.
    let calls = refuses.calls.load(Relaxed);
    assert!(calls <= 100 + 100 + 10 + 11, "{calls}");
}

#[tokio::test]
async fn other_resets_may_have_done_something() {
    let resets = Resets::start(Reason::INTERNAL_ERROR).await;
    let channel = harness::open(&harness::settings(format!("http://{}", resets.address)));
    let status = harness::unary(&channel, DO).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(resets.calls.load(Relaxed), 1);
}

#[tokio::test]
async fn calls_in_flight_end_while_the_server_leaves_and_new_ones_wait_for_the_next() {
    let server = Server::start().await;
    let address = server.address();
    server.behave(Behaviour::Slow(Duration::from_millis(300)));
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.wait_for_ready = true;
    let channel = harness::open(&settings);
    let inner = channel.clone();
    let call = tokio::spawn(async move { harness::unary(&inner, DO).await });
    harness::until("it is in flight", async || server.calls() == 1).await;
    server.leave();
    // The connection hears of it.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let inner = channel.clone();
    let later = tokio::spawn(async move { harness::unary(&inner, DO).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let next = Server::start_at(address).await;
    later.await.unwrap().unwrap();
    call.await.unwrap().unwrap();
    assert_eq!((server.calls(), next.calls()), (1, 1));
}
