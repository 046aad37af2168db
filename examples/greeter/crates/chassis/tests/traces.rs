//! A sampled call is one span, however it ends, and tells what is known of it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use serde_json::{Value, json};
use tonic::Code;

use harness::log::Log;
use harness::wait::abandon;
use stage::collector::attributes;
use stage::{Stage, call, hex};

mod harness;
mod stage;

fn code(span: &Span) -> StatusCode {
    span.status.as_ref().unwrap().code()
}

#[tokio::test]
async fn a_success_is_a_span_with_what_is_known_of_it() {
    let stage = Stage::start().await;
    call(
        &stage.channel,
        "/test.Behaviour/Answer",
        &[("x-request-id", "r-1")],
    )
    .await
    .unwrap();
    let span = stage.span().await;
    assert_eq!(span.name, "test.Behaviour/Answer");
    assert_eq!(span.kind(), SpanKind::Server);
    assert_eq!(code(&span), StatusCode::Ok);
    assert!(span.parent_span_id.is_empty());
    assert!(0 < span.start_time_unix_nano && span.start_time_unix_nano < span.end_time_unix_nano);
    let mut attributes = attributes(&span.attributes);
    assert!(attributes.remove("client.port").unwrap().is_i64());
    let agent = attributes.remove("user_agent.original").unwrap();
    assert!(agent.as_str().unwrap().starts_with("tonic/"));
    let expected = json!({
        "rpc.system": "grpc",
        "rpc.service": "test.Behaviour",
        "rpc.method": "Answer",
        "rpc.grpc.status_code": 0,
        "client.address": "127.0.0.1",
        "request_id": "r-1",
        "messages_received": 0,
        "messages_sent": 2,
        "field.note": "answered",
    });
    assert_eq!(Value::Object(attributes), expected);
}

#[tokio::test]
async fn however_a_call_ends_its_span_ends_once() {
    let faults = [
        ("/test.Behaviour/NoSuch", Code::Unimplemented, "unknown"),
        (
            "/test.Behaviour/Panic",
            Code::Internal,
            "test.Behaviour/Panic",
        ),
        (
            "/test.Behaviour/PanicLater",
            Code::Internal,
            "test.Behaviour/PanicLater",
        ),
        (
            "/test.Behaviour/Wait",
            Code::DeadlineExceeded,
            "test.Behaviour/Wait",
        ),
        (
            "/test.Behaviour/WaitLater",
            Code::DeadlineExceeded,
            "test.Behaviour/WaitLater",
        ),
    ];
    for (path, expected, name) in faults {
        let deadline = Duration::from_millis(100);
        let stage = Stage::start_with(|config| config.deadline.streaming = deadline).await;
        let status = call(&stage.channel, path, &[]).await.unwrap_err();
        assert_eq!(status.code(), expected, "{path}");
        let span = stage.span().await;
        assert_eq!((&*span.name, code(&span)), (name, StatusCode::Error));
        assert_eq!(span.status.as_ref().unwrap().message, status.message());
        let attributes = attributes(&span.attributes);
        assert_eq!(attributes["rpc.grpc.status_code"], expected as i32);
        let types = ["UNIMPLEMENTED", "INTERNAL", "DEADLINE_EXCEEDED"];
        assert!(types.contains(&attributes["error.type"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn a_mistake_of_the_caller_is_no_error_of_the_server() {
    let stage = Stage::start().await;
    let status = call(&stage.channel, "/test.Behaviour/Fail", &[]).await;
    assert_eq!(status.unwrap_err().code(), Code::NotFound);
    let span = stage.span().await;
    assert_eq!(code(&span), StatusCode::Unset);
    let attributes = attributes(&span.attributes);
    assert_eq!(attributes["rpc.grpc.status_code"], 5);
    assert_eq!(attributes.get("error.type"), None);
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_the_span() {
    for path in ["/test.Behaviour/Wait", "/test.Behaviour/WaitLater"] {
        let stage = Stage::start().await;
        abandon(&stage.server, call(&stage.channel, path, &[])).await;
        let attributes = attributes(&stage.span().await.attributes);
        assert_eq!(attributes["rpc.grpc.status_code"], Code::Cancelled as i32);
        assert_eq!(attributes["cancelled"], true);
    }
}

#[tokio::test]
async fn the_log_tells_the_trace() {
    let stage = Stage::start().await;
    let (log, _guard) = Log::capture();
    call(&stage.channel, "/test.Behaviour/Answer", &[])
        .await
        .unwrap();
    let trace = hex(&stage.span().await.trace_id);
    for message in ["call started", "call ended"] {
        let events = log.events(message);
        let is_traced = events.iter().any(|event| event["trace_id"] == trace);
        assert!(is_traced, "{message}");
    }
}
