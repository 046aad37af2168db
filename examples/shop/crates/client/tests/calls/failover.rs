//! Servers that go and come back, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use client::Channel;
use tokio::task::JoinSet;
use tonic::Status;

use super::harness::proxy::Proxy;
use super::harness::{self, SAY, Server};

/// Callers that call until they are told to stop.
struct Load {
    callers: JoinSet<Result<(), Status>>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

impl Load {
    fn start(channel: &Channel, callers: usize) -> Self {
        let (stop, done) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let mut all = JoinSet::new();
        for _ in 0..callers {
            let (channel, stop, done) = (channel.clone(), Arc::clone(&stop), Arc::clone(&done));
            all.spawn(async move {
                while !stop.load(Relaxed) {
                    harness::unary(&channel, SAY).await?;
                    done.fetch_add(1, Relaxed);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Ok(())
            });
        }
        Self {
            callers: all,
            stop,
            done,
        }
    }

    /// Waits for so many more calls.
    async fn more(&self, calls: u64) {
        let aim = self.done.load(Relaxed) + calls;
        harness::until("calls", async || {
            self.done.load(Relaxed) >= aim || self.stop.load(Relaxed)
        })
        .await;
    }

    /// Every call must have succeeded.
    async fn end(mut self) {
        self.stop.store(true, Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_costs_no_call_and_has_its_share_again_soon_after_its_return() {
    let mut servers = [
        Server::start().await,
        Server::start().await,
        Server::start().await,
    ];
    let channel = harness::channel(&servers.each_ref());
    let load = Load::start(&channel, 32);
    load.more(500).await;
    for _ in 0..3 {
        let address = servers[1].address();
        drop(std::mem::replace(&mut servers[1], Server::start().await));
        load.more(1000).await;
        servers[1] = Server::start_at(address).await;
        let back = Instant::now();
        harness::until("calls at the server that is back", async || {
            servers[1].calls() > 50
        })
        .await;
        assert!(
            back.elapsed() < Duration::from_secs(2),
            "{:?}",
            back.elapsed()
        );
        // A third of the calls, within what chance does.
        let before = servers.each_ref().map(Server::calls);
        load.more(1500).await;
        let after = servers.each_ref().map(Server::calls);
        let made: Vec<_> = before
            .iter()
            .zip(after)
            .map(|(before, after)| after - before)
            .collect();
        let all: u64 = made.iter().sum();
        assert!(made[1] * 5 > all, "{made:?}");
    }
    load.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_leave_one_after_the_other_cost_no_call() {
    let mut servers = [Server::start().await, Server::start().await];
    let channel = harness::channel(&servers.each_ref());
    let load = Load::start(&channel, 32);
    load.more(500).await;
    for _ in 0..3 {
        for server in &mut servers {
            let address = server.address();
            server.leave();
            load.more(300).await;
            *server = Server::start_at(address).await;
            harness::until("calls at the new one", async || server.calls() > 20).await;
        }
    }
    load.end().await;
    assert_eq!(channel.stats().retries_refused, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_behind_a_dead_network_leaves_the_pool_by_keepalive() {
    let (near, far) = (Server::start().await, Server::start().await);
    let proxy = Proxy::start(far.address()).await;
    let mut settings = harness::settings(format!("http://{},{}", near.address(), proxy.address));
    settings.connecting.keepalive = Duration::from_millis(300);
    settings.connecting.keepalive_timeout = Duration::from_millis(200);
    let channel = harness::open(&settings);
    let load = Load::start(&channel, 8);
    harness::until("calls at both", async || {
        near.calls() > 50 && far.calls() > 50
    })
    .await;

    proxy.swallow(true);
    let lost = Instant::now();
    let endpoint = proxy.address.to_string();
    let ready = |channel: &Channel| {
        let stats = channel.stats();
        let all = stats.endpoints.iter();
        all.filter(|one| one.address == endpoint)
            .map(|one| one.ready)
            .sum::<usize>()
    };
    harness::until("the dead connection is out", async || ready(&channel) == 0).await;
    // Keepalive time and timeout, and what a busy machine needs.
    assert!(
        lost.elapsed() < Duration::from_millis(1500),
        "{:?}",
        lost.elapsed()
    );

    proxy.swallow(false);
    harness::until("it is back", async || ready(&channel) == 1).await;
    load.end().await;
}
