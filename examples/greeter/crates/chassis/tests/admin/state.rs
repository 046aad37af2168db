//! What the port tells of the server, through its life.

use std::time::Duration;

use chassis::policy::Rule;
use chassis::runtime::{Exit, Phase};
use serde_json::json;

use crate::harness::call;
use crate::{Both, open};

#[tokio::test]
async fn a_leaving_server_lives_and_is_not_ready() {
    let mut config = open();
    config.server.shutdown.delay = Duration::from_secs(3600);
    let both = Both::start(config).await;
    assert_eq!(both.get("/readyz").await.body, "ready\n");

    both.server.trigger.end();
    both.server.phase.clone().reached(Phase::Leaving).await;
    let ready = both.get("/readyz").await;
    assert_eq!((ready.status, &*ready.body), (503, "not ready: leaving\n"));
    assert_eq!(both.json("/debug/runtime").await["phase"], "leaving");
    assert_eq!(both.get("/livez").await.status, 200);
    both.server.trigger.end();
    assert_eq!(both.server.running.await.unwrap(), Exit::Aborted);
}

#[tokio::test]
async fn a_draining_server_can_be_watched() {
    let both = Both::start(open()).await;
    let channel = both.server.connect().await;
    let mut messages = call(&channel, "WaitLater").await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());
    both.server.trigger.end();
    both.server.phase.clone().reached(Phase::Draining).await;
    let ready = both.get("/readyz").await;
    assert_eq!((ready.status, &*ready.body), (503, "not ready: draining\n"));
    let runtime = both.json("/debug/runtime").await;
    assert_eq!(runtime["calls_in_flight"], 1);
    assert_eq!(both.get("/livez").await.status, 200);
    drop(messages);
    assert_eq!(both.server.running.await.unwrap(), Exit::Clean);
}

#[tokio::test]
async fn short_memory_is_told_and_is_no_reason_to_be_left() {
    let both = Both::start(open()).await;
    both.server.shared.pressure.set(true);
    assert_eq!(both.get("/readyz").await.status, 200);
    assert_eq!(both.json("/debug/runtime").await["memory_short"], true);
}

#[tokio::test]
async fn the_process_tells_what_it_is() {
    let mut config = open();
    config.load_shedding.memory = 1 << 30;
    let both = Both::start(config).await;
    let runtime = both.json("/debug/runtime").await;
    assert_eq!(
        (&runtime["name"], &runtime["version"], &runtime["phase"]),
        (&json!("tested"), &json!("1.2.3"), &json!("serving"))
    );
    assert_eq!(runtime["memory_limit_bytes"], 1 << 30);
    assert!(runtime["uptime_seconds"].is_u64());
    assert!(runtime["workers"].as_u64().unwrap() >= 1);
    assert!(runtime["tasks"].as_u64().unwrap() >= 1);
}

#[tokio::test]
async fn the_connections_are_told() {
    let both = Both::start(open()).await;
    let channel = both.server.connect().await;
    let mut messages = call(&channel, "WaitLater").await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());
    let told = both.json("/debug/connections").await;
    let one = &told["open"][0];
    assert!(one["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!((&one["calls"], &one["calls_total"]), (&json!(1), &json!(1)));
    assert!(one["age_seconds"].is_u64());
    assert!(
        told["failed"]
            .as_object()
            .unwrap()
            .values()
            .all(|count| *count == 0)
    );
}

#[tokio::test]
async fn the_policy_in_force_is_told() {
    let mut config = open();
    config.policy = vec![Rule {
        methods: "*/Wait".to_owned(),
        timeout: Some(Duration::from_secs(7)),
        ..Rule::default()
    }];
    let both = Both::start(config).await;
    let policy = both.json("/debug/policy").await;
    let policy = policy.as_array().unwrap();
    assert_eq!(policy.len(), both.server.methods.known().count());
    let wait = policy
        .iter()
        .find(|row| row["method"] == "test.Behaviour/Wait");
    let wait = wait.unwrap();
    assert_eq!(
        (&wait["timeout"], &wait["kind"]),
        (&json!("7s"), &json!("server_streaming"))
    );
    assert_eq!(wait["access"], "public");
}

#[tokio::test]
async fn the_settings_in_force_are_told() {
    let mut config = open();
    config.server.keepalive.interval = Duration::from_millis(1234);
    // Nobody should write such a thing there; it is not told for all that.
    config
        .admin
        .hosts
        .push("https://me:hunter2@host".to_owned());
    let both = Both::start(config).await;
    let settings = both.json("/debug/config").await;
    assert_eq!(settings["server"]["keepalive"]["interval"], "1234ms");
    assert_eq!(settings["deadline"]["unary"], "30s");
    assert_eq!(settings["admin"]["hosts"][1], "https://(hidden)@host");
}
