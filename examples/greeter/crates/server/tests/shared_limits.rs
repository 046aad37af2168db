//! Two replicas share one limit by a real Redis, if the environment names one by `TEST_REDIS_URL`;
//! without Redis, each keeps its own.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use bytes::Bytes;
use chassis::config::Config;
use chassis::policy::{Rates, Rule};
use tonic::Code;

use harness::bytes_codec::BytesCodec;
use harness::outside::environment;
use harness::{Client, Server};

mod harness;

/// A server on which each caller may make so many calls.
async fn server(url: &str, limit: usize) -> Server {
    let rate = format!("{limit}/d").parse().unwrap();
    let mut config = Config::default();
    config.redis.url = url.to_owned();
    config.redis.connect = Duration::from_millis(200);
    config.policy.push(Rule {
        methods: "*".to_owned(),
        rate: Rates {
            caller: Some(rate),
            total: None,
        },
        ..Rule::default()
    });
    Server::start_with(config).await
}

/// True unless the call is over the limit.
async fn passes(client: &Client, path: &str) -> bool {
    let message = tokio_stream::iter([Bytes::new()]);
    let answer = client.call(path, BytesCodec, message).await;
    let code = match answer {
        Ok(answer) => answer
            .into_inner()
            .message()
            .await
            .err()
            .map(|error| error.code()),
        Err(error) => Some(error.code()),
    };
    code != Some(Code::ResourceExhausted)
}

/// A method that is served and has limits, which the probes of health have not.
fn path() -> Option<String> {
    let methods = harness::methods();
    let mut paths = methods.known().map(|method| method.path().to_owned());
    paths.find(|path| !path.starts_with("/grpc.health.v1."))
}

#[tokio::test]
async fn replicas_share_a_limit() {
    let Some(url) = environment("TEST_REDIS_URL") else {
        return;
    };
    let Some(path) = path() else {
        return;
    };
    // Mostly another one in each run, as Redis remembers for a day.
    let limit = 20 + std::process::id() as usize % 100;
    let (one, other) = (server(&url, limit).await, server(&url, limit).await);
    let (one, other) = (one.connect().await, other.connect().await);
    let mut passed = 0;
    for _ in 0..limit {
        passed += usize::from(passes(&one, &path).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(passed, limit);
    // The other one has let nobody pass, and learns of it.
    let mut refused = false;
    for _ in 0..limit / 2 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        refused |= !passes(&other, &path).await;
    }
    assert!(refused, "the other replica has a limit of its own");
}

#[tokio::test]
async fn without_redis_each_replica_counts_for_itself() {
    let Some(path) = path() else {
        return;
    };
    let server = server("redis://127.0.0.1:1", 5).await;
    let client = server.connect().await;
    for _ in 0..5 {
        assert!(passes(&client, &path).await);
    }
    assert!(!passes(&client, &path).await);
}
