//! Callers that come too often are refused, and told when to come back.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use chassis::config::{Config, Rate, RateLimit};
use chassis::policy::{Rates, Rule};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use harness::{Server, call};

mod harness;

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn refused(status: &Status) {
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status.message(), "too many calls");
    let pushback = status.metadata().get("grpc-retry-pushback-ms").unwrap();
    let pushback: u64 = pushback.to_str().unwrap().parse().unwrap();
    // A token every half hour.
    assert!((1..=1_800_000).contains(&pushback), "{pushback}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "RATE_LIMITED");
    assert!(details.retry_info().unwrap().retry_delay.is_some());
}

async fn limited(rate_limit: RateLimit) {
    let config = Config {
        rate_limit,
        ..Config::default()
    };
    let server = Server::start_with(config).await;
    let channel = server.connect().await;
    call(&channel, "Unary").await.unwrap();
    call(&channel, "Answer").await.unwrap();
    refused(&call(&channel, "Unary").await.unwrap_err());
    refused(&call(&channel, "Answer").await.unwrap_err());
}

#[tokio::test]
async fn all_callers_together_have_a_limit() {
    limited(RateLimit {
        total: rate("2/h"),
        ..RateLimit::default()
    })
    .await;
}

#[tokio::test]
async fn each_caller_has_a_limit() {
    limited(RateLimit {
        caller: rate("2/h"),
        ..RateLimit::default()
    })
    .await;
}

#[tokio::test]
async fn a_policy_limits_one_method_alone() {
    let limits = [
        Rates {
            caller: Some(rate("2/h")),
            total: None,
        },
        Rates {
            caller: None,
            total: Some(rate("2/h")),
        },
    ];
    for limit in limits {
        let config = Config {
            policy: vec![Rule {
                methods: "test.Behaviour/Unary".to_owned(),
                rate: limit,
                ..Rule::default()
            }],
            ..Config::default()
        };
        let server = Server::start_with(config).await;
        let channel = server.connect().await;
        for _ in 0..2 {
            call(&channel, "Unary").await.unwrap();
        }
        refused(&call(&channel, "Unary").await.unwrap_err());
        call(&channel, "Answer").await.unwrap();
    }
}
