//! The connection to a real Redis, if the environment names one.
//!
//! `TEST_REDIS_URL` is its address, such as `redis://127.0.0.1:6379`, `TEST_REDIS_TLS_URL` that with
//! TLS, and `TEST_REDIS_CA` the file with its authority; without them, only what needs no Redis is
//! tested.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chassis::config;
use chassis::redis::{Redis, RedisError};
use chassis::services::Services;

use harness::outside::{LONG, environment, missing};

mod harness;

fn settings(url: &str) -> config::Redis {
    config::Redis {
        url: url.to_owned(),
        check: Duration::from_millis(20),
        connect: Duration::from_millis(500),
        ..config::Redis::default()
    }
}

/// Services that need it.
fn services(redis: &Redis) -> Services {
    let mut services = Services::default();
    redis.needed_by(&mut services);
    services
}

#[tokio::test]
async fn a_redis_that_answers_makes_the_server_ready() {
    let Some(url) = environment("TEST_REDIS_URL") else {
        return;
    };
    is_ready(&settings(&url)).await;
}

#[tokio::test]
async fn a_redis_with_tls_is_trusted_by_its_authority_and_no_other() {
    let (Some(url), Some(ca)) = (
        environment("TEST_REDIS_TLS_URL"),
        environment("TEST_REDIS_CA"),
    ) else {
        return;
    };
    let mut settings = settings(&url);
    settings.ca = ca.into();
    is_ready(&settings).await;
    // It is there, and nobody here knows its authority.
    settings.ca = PathBuf::new();
    let redis = Redis::new(&settings).unwrap();
    let watching = tokio::spawn(redis.clone().watch());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!redis.is_up());
    watching.abort();
}

/// Checks that the server is ready with this Redis, which answers.
async fn is_ready(settings: &config::Redis) {
    let redis = Redis::new(settings).unwrap();
    let services = services(&redis);
    let watching = tokio::spawn(redis.clone().watch());
    let start = Instant::now();
    while !redis.is_up() {
        assert!(start.elapsed() < LONG);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    missing(&services, &[]).await;
    assert!(redis.connection().is_some());
    watching.abort();
}

#[tokio::test]
async fn a_redis_that_is_away_makes_the_server_unready() {
    let redis = Redis::new(&settings("redis://127.0.0.1:1")).unwrap();
    let services = services(&redis);
    let watching = tokio::spawn(redis.clone().watch());
    missing(&services, &["redis"]).await;
    assert!(!redis.is_up());
    watching.abort();
}

#[tokio::test]
async fn bad_settings_are_told_without_secrets() {
    let told = |url: &str| Redis::new(&settings(url)).unwrap_err();
    assert!(matches!(told("http://hunter2"), RedisError::Url));
    // With TLS, and the certificates of the system.
    assert!(Redis::new(&settings("rediss://host")).is_ok());
    let mut missing = settings("rediss://host");
    missing.ca = "no/such/file".into();
    let error = Redis::new(&missing).unwrap_err().to_string();
    assert!(
        error.starts_with("`redis.ca`: no/such/file: No such"),
        "{error}"
    );
    assert!(Redis::new(&settings("")).unwrap().connection().is_none());
}
