//! The structured log: one event when a call starts, one when it ends.
//!
//! The start is logged at `debug`. The end is logged at `error` when the server is at fault, at
//! `warn` when it could not take the call, at `info` otherwise: a caller's mistake is not ours.

use tonic::Code;
use tracing::{Level, debug};

use super::Observer;
use crate::call::{Call, Outcome};

/// Logs every call.
#[derive(Debug)]
pub struct Log;

impl Observer for Log {
    fn started(&self, call: &Call) {
        debug!(
            method = call.method().full_name(),
            peer = %call.peer(),
            request_id = call.id().as_str(),
            user_agent = call.user_agent(),
            "call started"
        );
    }

    fn ended(&self, call: &Call, outcome: &Outcome) {
        /// The level of an event is part of its static description, hence one event per level.
        macro_rules! event {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    method = call.method().full_name(),
                    peer = %call.peer(),
                    request_id = call.id().as_str(),
                    user_agent = call.user_agent(),
                    duration_ms = call.elapsed().as_micros() as f64 / 1e3,
                    code = code(outcome.code),
                    messages_received = outcome.received.messages,
                    messages_sent = outcome.sent.messages,
                    error = (!outcome.message.is_empty()).then_some(&*outcome.message),
                    cancelled = outcome.cancelled.then_some(true),
                    "call ended"
                )
            };
        }
        match level(outcome.code) {
            Level::ERROR => event!(Level::ERROR),
            Level::WARN => event!(Level::WARN),
            _ => event!(Level::INFO),
        }
    }
}

/// How bad an end with `code` is for the server.
fn level(code: Code) -> Level {
    match code {
        Code::Unknown | Code::Internal | Code::DataLoss => Level::ERROR,
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => Level::WARN,
        _ => Level::INFO,
    }
}

/// The name of `code` as the gRPC specification writes it.
fn code(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
