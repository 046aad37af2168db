//! Every call has its deadline, and ends with it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use chassis::config::{Config, Deadline};
use chassis::policy::Rule;
use tonic::{Code, Request};

use harness::{Server, call, call_with, raw};

mod harness;

/// Short enough for a test, long enough to be told from none.
const SHORT: Duration = Duration::from_millis(50);

fn short() -> Config {
    Config {
        deadline: Deadline {
            unary: SHORT,
            streaming: SHORT,
        },
        ..Config::default()
    }
}

#[tokio::test]
async fn the_servers_deadline_ends_a_call_that_waits() {
    let server = Server::start_with(short()).await;
    let channel = server.connect().await;
    for method in ["Wait", "UnaryWait"] {
        let status = call(&channel, method).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{method}");
    }
    let mut messages = call(&channel, "WaitLater").await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());
    let status = messages.message().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    server.settled().await;
}

#[tokio::test]
async fn the_callers_deadline_wins_if_it_is_earlier() {
    let server = Server::start_with(Config::default()).await;
    let mut request = Request::new(());
    request
        .metadata_mut()
        .insert("grpc-timeout", "50m".parse().unwrap());
    // The client of tonic measures only the time to the headers, which come at once.
    let reply = call_with(&server.connect().await, "WaitLater", request).await;
    let mut messages = reply.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());
    let status = messages.message().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);

    let waited = raw(&server, "UnaryWait", &[("grpc-timeout", "50000u")]).await;
    assert_eq!(waited["grpc-status"], "4");
}

#[tokio::test]
async fn a_call_that_is_late_or_unclear_is_refused_at_once() {
    let server = Server::start_with(Config::default()).await;
    let late = raw(&server, "UnaryWait", &[("grpc-timeout", "0m")]).await;
    assert_eq!(late["grpc-status"], "4");
    for bad in ["", "5", "1s", "123456789S"] {
        let unclear = raw(&server, "UnaryWait", &[("grpc-timeout", bad)]).await;
        assert_eq!(unclear["grpc-status"], "3", "{bad}");
    }
}

#[tokio::test]
async fn the_policy_of_a_method_has_its_own_timeout() {
    let mut config = short();
    config.policy = vec![Rule {
        methods: "*/Wait*".to_owned(),
        timeout: Some(Duration::ZERO),
        ..Rule::default()
    }];
    let server = Server::start_with(config).await;
    let channel = server.connect().await;
    let unlimited = tokio::time::timeout(4 * SHORT, call(&channel, "Wait"));
    assert!(unlimited.await.is_err());
    let status = call(&channel, "UnaryWait").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}
