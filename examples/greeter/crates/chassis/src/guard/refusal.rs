//! The answer of a guard that does not let a call pass.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use http::{Response, StatusCode};
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::call::Method;

/// Tells a client, by gRPC's retry design (A6), after how many milliseconds it may try again.
const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// Why and how a call is refused.
///
/// Code, message, reason and delay are for the caller: they tell nothing of the server's inside.
/// The detail is for the observers.
#[derive(Debug, Clone)]
pub struct Refusal {
    code: Code,
    message: Cow<'static, str>,
    reason: Option<&'static str>,
    delay: Option<Duration>,
    detail: Option<Cow<'static, str>>,
    http: StatusCode,
}

impl Refusal {
    /// Refuses a gRPC call.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            reason: None,
            delay: None,
            detail: None,
            http: StatusCode::OK,
        }
    }

    /// Refuses what is no gRPC call: the HTTP status is for whoever sent it.
    pub fn not_grpc(http: StatusCode, message: &'static str) -> Self {
        Self {
            http,
            ..Self::new(Code::Unimplemented, message)
        }
    }

    /// Adds a `google.rpc.ErrorInfo`, whose reason programs can tell apart: `TOKEN_EXPIRED`.
    pub fn reason(self, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    /// Adds a `google.rpc.RetryInfo` and gRPC's own pushback: another try may succeed after `delay`.
    pub fn retry_after(self, delay: Duration) -> Self {
        Self {
            delay: Some(delay),
            ..self
        }
    }

    /// Adds what only the observers are told.
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }

    /// The code that the caller gets.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The message that the caller gets.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The response for the caller, and the detail for the observers.
    pub(crate) fn into_response(
        mut self,
        method: &Method,
    ) -> (Response<Body>, Option<Cow<'static, str>>) {
        let (http, detail) = (self.http, self.detail.take());
        let mut response = self.into_status(method).into_http();
        *response.status_mut() = http;
        (response, detail)
    }

    /// The status for the caller of `method`.
    pub(crate) fn into_status(self, method: &Method) -> Status {
        let mut details = ErrorDetails::new();
        if let Some(reason) = self.reason {
            details.set_error_info(reason, method.service(), HashMap::new());
        }
        let mut metadata = MetadataMap::new();
        if let Some(delay) = self.delay {
            details.set_retry_info(Some(delay));
            let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            metadata.insert(PUSHBACK, millis.into());
        }
        if self.reason.is_none() && self.delay.is_none() {
            return Status::new(self.code, self.message);
        }
        Status::with_error_details_and_metadata(self.code, self.message, details, metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_can_read_why_and_when_to_come_back() {
        let method = Method::unknown(0);
        let refusal = Refusal::new(Code::ResourceExhausted, "too many calls")
            .reason("RATE_LIMITED")
            .retry_after(Duration::from_millis(1500))
            .detail("of 10.0.0.1");
        let (response, detail) = refusal.into_response(&method);
        assert_eq!(response.headers()[PUSHBACK], "1500");
        let status = Status::from_header_map(response.headers()).unwrap();
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "RATE_LIMITED");
        assert_eq!(details.error_info().unwrap().domain, "unknown");
        let delay = details.retry_info().unwrap().retry_delay;
        assert_eq!(delay, Some(Duration::from_millis(1500)));
        assert_eq!(detail.as_deref(), Some("of 10.0.0.1"));
        assert!(!format!("{:?}", response.headers()).contains("10.0.0.1"));
    }
}
