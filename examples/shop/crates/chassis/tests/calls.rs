//! However a call ends, it is told once, and the server lives.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use chassis::config;
use serde_json::Value;
use tonic::Code;

use harness::log::Log;
use harness::wait::abandon;
use harness::{Server, call, finish};

mod harness;

/// The one event that tells the end of the one call.
async fn end(server: &Server, log: &Log) -> Value {
    server.settled().await;
    assert_eq!(log.events("call started").len(), 1);
    let mut ends = log.events("call ended");
    assert_eq!(ends.len(), 1);
    ends.remove(0)
}

#[tokio::test]
async fn a_success_is_told_with_its_messages() {
    let (log, _guard) = Log::capture();
    let server = Server::start(config::Server::default()).await;
    let reply = call(&server.connect().await, "Answer").await.unwrap();
    let id = reply.metadata().get("x-request-id").unwrap().to_owned();
    let mut messages = reply.into_inner();
    while messages.message().await.unwrap().is_some() {}

    let end = end(&server, &log).await;
    assert_eq!(end["level"], "INFO");
    assert_eq!(end["method"], "test.Behaviour/Answer");
    assert_eq!(end["request_id"], id.to_str().unwrap());
    assert_eq!(end["code"], "OK");
    assert_eq!(end["messages_sent"], 2);
    assert!(end["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(end["user_agent"].as_str().unwrap().starts_with("tonic/"));
    assert!(end["duration_ms"].is_f64());
    assert!(end["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(end.get("error"), None);
    assert_eq!(end["fields"], "note=answered");
}

#[tokio::test]
async fn a_failure_is_told_with_its_message() {
    let (log, _guard) = Log::capture();
    let server = Server::start(config::Server::default()).await;
    let status = call(&server.connect().await, "Fail").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);

    let end = end(&server, &log).await;
    assert_eq!(end["level"], "INFO");
    assert_eq!(
        (&end["code"], &end["error"]),
        (&"NOT_FOUND".into(), &"nothing here".into())
    );
    assert_eq!(end.get("fields"), None);
}

#[tokio::test]
async fn a_refusal_is_told_like_any_other_end() {
    let (log, _guard) = Log::capture();
    let server = Server::start(config::Server::default()).await;
    let status = call(&server.connect().await, "NoSuch").await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);

    let end = end(&server, &log).await;
    assert_eq!(end["method"], "unknown");
    assert_eq!(end["error"], "unknown method /test.Behaviour/NoSuch");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_server_lives() {
    let (log, _guard) = Log::capture();
    let server = Server::start(config::Server::default()).await;
    let channel = server.connect().await;
    let status = call(&channel, "Panic").await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );

    let end = end(&server, &log).await;
    assert_eq!(
        (&end["level"], &end["code"]),
        (&"ERROR".into(), &"INTERNAL".into())
    );
    assert_eq!(
        call(&channel, "Fail").await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_panic_in_a_stream_ends_it_with_a_status() {
    let (log, _guard) = Log::capture();
    let server = Server::start(config::Server::default()).await;
    let channel = server.connect().await;
    let mut messages = call(&channel, "PanicLater").await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());
    assert_eq!(messages.message().await.unwrap_err().code(), Code::Internal);

    let end = end(&server, &log).await;
    assert_eq!(
        (&end["code"], &end["messages_sent"]),
        (&"INTERNAL".into(), &1.into())
    );
    assert_eq!(
        call(&channel, "Fail").await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_cancels_the_call() {
    for method in ["Wait", "WaitLater"] {
        let (log, _guard) = Log::capture();
        let server = Server::start(config::Server::default()).await;
        let channel = server.connect().await;
        abandon(&server, finish(&channel, method)).await;
        let end = end(&server, &log).await;
        assert_eq!(
            (&end["code"], &end["cancelled"]),
            (&"CANCELLED".into(), &true.into())
        );
    }
}
