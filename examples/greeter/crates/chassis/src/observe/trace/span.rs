//! Makes the span of a call that has ended.
//!
//! Names follow OpenTelemetry's semantic conventions where these have one.

use std::time::SystemTime;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, SpanFlags, Status};
use prost::Message;
use tonic::Code;

use super::otlp::Encoded;
use crate::call::{Call, Outcome};
use crate::observe::code_name;
use crate::runtime::text::cut;
use crate::runtime::time::since_1970;

/// Longest text of an attribute that comes from outside, in characters.
const LONGEST: usize = 256;

/// The span of `call`; none if it is not sampled.
pub(super) fn of(call: &Call, outcome: &Outcome) -> Option<Encoded> {
    let trace = call.trace();
    let context = trace.span_context()?;
    let parent = trace.parent_id();
    let mut flags = u32::from(context.trace_flags().to_u8());
    flags |= SpanFlags::ContextHasIsRemoteMask as u32;
    if parent.is_some() {
        flags |= SpanFlags::ContextIsRemoteMask as u32;
    }
    let span = Span {
        trace_id: trace.trace_id().to_bytes().to_vec(),
        span_id: trace.span_id().to_bytes().to_vec(),
        trace_state: context.trace_state().header(),
        parent_span_id: parent.map_or_else(Vec::new, |parent| parent.to_bytes().to_vec()),
        flags,
        name: call.method().full_name().to_owned(),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: nanoseconds(call.time()),
        // Measured by a clock that is never set.
        end_time_unix_nano: nanoseconds(call.time() + outcome.elapsed),
        attributes: attributes(call, outcome),
        status: Some(status(outcome)),
        ..Span::default()
    };
    Some(span.encode_to_vec())
}

fn attributes(call: &Call, outcome: &Outcome) -> Vec<KeyValue> {
    let method = call.method();
    let mut attributes = vec![
        text("rpc.system", "grpc"),
        text("rpc.service", method.service()),
        text("rpc.method", method.name()),
        number("rpc.grpc.status_code", outcome.code as i64),
        text("client.address", call.peer().ip().to_string()),
        number("client.port", call.peer().port().into()),
        text("request_id", call.id().as_str()),
        number("messages_received", count(outcome.received.messages)),
        number("messages_sent", count(outcome.sent.messages)),
    ];
    if !call.user_agent().is_empty() {
        attributes.push(text("user_agent.original", cut(call.user_agent(), LONGEST)));
    }
    if is_fault(outcome.code) {
        attributes.push(text("error.type", code_name(outcome.code)));
    }
    if let Some(detail) = &outcome.detail {
        attributes.push(text("detail", cut(detail, LONGEST)));
    }
    if outcome.cancelled {
        attributes.push(attribute("cancelled", Value::BoolValue(true)));
    }
    let fields = call.fields().all().into_iter();
    attributes.extend(fields.map(|(name, value)| text(format!("field.{name}"), value)));
    attributes
}

fn text(name: impl Into<String>, value: impl Into<String>) -> KeyValue {
    attribute(name, Value::StringValue(value.into()))
}

fn number(name: &str, value: i64) -> KeyValue {
    attribute(name, Value::IntValue(value))
}

fn attribute(name: impl Into<String>, value: Value) -> KeyValue {
    KeyValue {
        key: name.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Since 1970.
fn nanoseconds(time: SystemTime) -> u64 {
    let nanoseconds = since_1970(time).as_nanos();
    nanoseconds.try_into().unwrap_or(u64::MAX)
}

fn status(outcome: &Outcome) -> Status {
    let (code, message) = match outcome.code {
        Code::Ok => (StatusCode::Ok, String::new()),
        code if is_fault(code) => (StatusCode::Error, cut(&outcome.message, LONGEST).to_owned()),
        _ => (StatusCode::Unset, String::new()),
    };
    Status {
        code: code.into(),
        message,
    }
}

/// True for the codes by which a server says that it, and not the caller, failed.
fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// OpenTelemetry has no unsigned numbers.
fn count(messages: u64) -> i64 {
    i64::try_from(messages).unwrap_or(i64::MAX)
}
