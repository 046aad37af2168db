//! A server whose packets are lost, in a network of our own: `unshare --map-root-user --net`.
//!
//! All settings are the defaults. Fails if a call fails, or if the server is not out of the pool within
//! the time and the timeout of keepalive; or not back when packets arrive again.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::process::Command;
use std::time::{Duration, Instant};

use client::{Channel, Connecting, Settings};
use harness::{SAY, Server};
use tokio::task::JoinSet;

#[path = "../tests/harness/mod.rs"]
mod harness;

fn run(command: &str) {
    let mut words = command.split_whitespace();
    let status = Command::new(words.next().unwrap()).args(words).status();
    assert!(status.unwrap().success(), "{command}");
}

/// Waits until the server at `address` has so many connections; returns for how long.
async fn ready(channel: &Channel, address: &str, count: usize, most: Duration) -> Duration {
    let start = Instant::now();
    let has = || {
        let stats = channel.stats();
        let mut endpoints = stats.endpoints.iter();
        endpoints.any(|one| one.address == address && one.ready == count)
    };
    while !has() {
        assert!(start.elapsed() < most, "{:?}", channel.stats());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    start.elapsed()
}

#[tokio::main]
async fn main() {
    run("ip link set lo up");
    let near = Server::start_at("127.0.0.1:0".parse().unwrap()).await;
    let far = Server::start_at("127.0.0.2:0".parse().unwrap()).await;
    let settings = Settings::new(harness::target(&[&near, &far]));
    let channel = harness::open(&settings);
    let address = far.address().to_string();
    harness::unary(&channel, SAY).await.unwrap();
    ready(&channel, &address, 1, Duration::from_secs(5)).await;

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let (channel, stopped) = (channel.clone(), stopped.clone());
        callers.spawn(async move {
            let mut calls = 0;
            while !*stopped.borrow() {
                harness::unary(&channel, SAY).await.unwrap();
                calls += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            calls
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(far.calls() > 20, "{}", far.calls());

    run("iptables -A INPUT -d 127.0.0.2 -j DROP");
    let Connecting {
        keepalive,
        keepalive_timeout,
        ..
    } = settings.connecting;
    // And what a busy machine needs.
    let most = keepalive + keepalive_timeout + Duration::from_secs(2);
    let out = ready(&channel, &address, 0, most).await;
    assert!(out > keepalive_timeout, "{out:?}: by what?");

    run("iptables -D INPUT -d 127.0.0.2 -j DROP");
    // The attempt to connect that was begun last may still wait: 5 s, and 1.6 s until the next one.
    let back = ready(&channel, &address, 1, Duration::from_secs(10)).await;
    stop.send_replace(true);
    let mut calls = 0;
    while let Some(caller) = callers.join_next().await {
        calls += caller.unwrap();
    }
    println!("out after {out:?}, back after {back:?}, none of {calls} calls failed");
}
