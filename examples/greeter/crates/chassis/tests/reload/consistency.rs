//! Many reloads under load: no call fails, nobody sees a half of two settings, memory stays flat.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chassis::runtime::memory;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::{JoinSet, spawn_blocking};
use tokio_stream::wrappers::UnboundedReceiverStream;

use crate::harness::files::replace;
use crate::harness::{call, echo};
use crate::{Reloading, UNLIMITED, settings};

/// How long settings change.
const TIME: Duration = Duration::from_secs(3);
/// Between two reloads: two hundred in a second.
const PAUSE: Duration = Duration::from_millis(5);
/// How much memory may move for other reasons.
const SLACK: u64 = 24 << 20;

/// Settings that say the same thing in several places.
fn same(seconds: u64) -> String {
    (settings(seconds) + UNLIMITED)
        .replace(
            "{queue_timeout",
            &format!("{{queue: {seconds}, queue_timeout"),
        )
        .replace(
            "public: true",
            &format!("public: true, timeout: {seconds}s"),
        )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_notices_how_often_settings_change() {
    let server = Reloading::start("consistency", &same(40)).await;
    let settings = server.server.shared.settings.clone();
    let (running, calls, torn) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut load = JoinSet::new();
    for _ in 0..4 {
        let channel = server.server.connect().await;
        let (running, calls) = (Arc::clone(&running), Arc::clone(&calls));
        load.spawn(async move {
            while running.load(Relaxed) {
                call(&channel, "Unary").await.unwrap();
                let mut answers = call(&channel, "Answer").await.unwrap().into_inner();
                while answers.message().await.unwrap().is_some() {}
                calls.fetch_add(2, Relaxed);
            }
        });
    }
    // One stream for all the time.
    let (sender, receiver) = unbounded_channel();
    let channel = server.server.connect().await;
    let mut echoed = echo(&channel, UnboundedReceiverStream::new(receiver)).await;
    let streaming = Arc::clone(&running);
    load.spawn(async move {
        while streaming.load(Relaxed) {
            sender.send(()).unwrap();
            echoed.message().await.unwrap().unwrap();
        }
        drop(sender);
        assert_eq!(echoed.message().await.unwrap(), None);
    });
    let (reading, method) = (settings.clone(), server.server.methods.clone());
    let (watched, halves) = (Arc::clone(&running), Arc::clone(&torn));
    load.spawn(async move {
        while watched.load(Relaxed) {
            let config = reading.now();
            let policy = method.get("/test.Behaviour/Unary").policy();
            let seconds = config.deadline.unary.as_secs();
            let whole = config.load_shedding.queue as u64 == seconds
                && config.policy[0].timeout == Some(Duration::from_secs(seconds))
                && policy
                    .timeout
                    .is_some_and(|timeout| timeout.as_secs() >= 40);
            halves.fetch_add(u64::from(!whole), Relaxed);
            tokio::task::yield_now().await;
        }
    });

    let reloader = Arc::clone(&server.reloader);
    let file = server.file.clone();
    let (reloads, before) = spawn_blocking(move || {
        let start = Instant::now();
        let (mut reloads, mut before) = (0, 0);
        while start.elapsed() < TIME {
            replace(&file, same(40 + reloads % 2 + 1));
            reloader.reload().unwrap();
            reloads += 1;
            // The first ones fill what is filled once.
            if start.elapsed() < TIME / 3 {
                before = memory::resident().unwrap_or_default();
            }
            std::thread::sleep(PAUSE);
        }
        (reloads, before)
    })
    .await
    .unwrap();
    let after = memory::resident().unwrap_or_default();
    running.store(false, Relaxed);
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }
    assert_eq!(torn.load(Relaxed), 0);
    assert_eq!(settings.status().applied, reloads);
    // As many as a busy machine manages; a quiet one comes near to two hundred in a second.
    assert!(reloads > 50, "{reloads}");
    assert!(calls.load(Relaxed) > 100, "{calls:?}");
    assert!(after < before + SLACK, "{before} {after}");
}
