//! A sampled call is one span, however it ends, and tells what is known of it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use serde_json::{Value, json};
use tonic::Code;
use tracing_subscriber::fmt::MakeWriter;

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
    let log = Arc::new(Mutex::new(Vec::new()));
    let stage = Stage::start().await;
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(Writer(Arc::clone(&log)))
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    call(&stage.channel, "/test.Behaviour/Answer", &[])
        .await
        .unwrap();
    let trace = hex(&stage.span().await.trace_id);
    let text = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    for message in ["call started", "call ended"] {
        let events = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut events = events.filter(|event| event["message"] == message);
        assert!(events.any(|event| event["trace_id"] == trace), "{message}");
    }
}

/// Where a log is written to.
struct Writer(Arc<Mutex<Vec<u8>>>);

impl MakeWriter<'_> for Writer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
