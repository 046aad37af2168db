//! Who has a good token gets in as whom it says, and nobody else does.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::{SystemTime, UNIX_EPOCH};

use chassis::config::Config;
use chassis::policy::Rule;
use tonic::client::Grpc;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;

#[path = "../harness/mod.rs"]
mod harness;
mod keys;

mod access;
mod algorithms;
mod attacks;
mod files;
mod handlers;
mod rotation;

/// Calls a method with these values of `authorization`, and reads one message.
async fn call(channel: &Channel, path: &str, authorization: &[&str]) -> Result<(), Status> {
    let mut request = Request::new(());
    for value in authorization {
        let value = MetadataValue::try_from(*value).unwrap();
        request.metadata_mut().append("authorization", value);
    }
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let reply = grpc.server_streaming(request, path.try_into().unwrap(), codec);
    let mut messages: Streaming<()> = reply.await?.into_inner();
    messages.message().await.map(drop)
}

/// A refusal by its code and its reason.
fn refusal(answer: Result<(), Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone());
    (status.code(), reason.unwrap_or_default())
}

/// What a token says that is good for an hour.
fn claims() -> serde_json::Value {
    serde_json::json!({
        "sub": "42", "name": "Ann", "iss": keys::ISSUER, "aud": keys::AUDIENCE,
        "iat": now(), "exp": now() + 3600, "jti": "1", "type": "access",
    })
}

/// Seconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

/// The settings of a server by `auth`, all of whose methods need a token.
fn closed(auth: chassis::config::Auth) -> Config {
    let closed = Rule {
        methods: "*".to_owned(),
        public: Some(false),
        ..Rule::default()
    };
    Config {
        auth,
        policy: vec![closed],
        ..Config::default()
    }
}
