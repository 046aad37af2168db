//! The call that is being served while others are made.
//!
//! In: its deadline, its id and its position in a trace. Out: calls that end before it does, and that
//! logs and traces know as its children. Cancelling needs no help: a handler that is dropped drops
//! the calls that it makes.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The id that logs of all parts involved share.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The position in a trace and what goes with it, as the W3C defines them.
const TRACE: [HeaderName; 3] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
];

/// What calls inherit that are made while a call is served; see
/// [`Channel::within`](crate::Channel::within).
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    deadline: Option<Instant>,
    headers: HeaderMap,
}

impl Incoming {
    /// Inherits nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Inherits id and trace from the headers of a request, such as `request.metadata().as_ref()`.
    ///
    /// Not its timeout, which began when the request arrived: see [`Self::deadline`].
    pub fn of(headers: &HeaderMap) -> Self {
        let mut inherited = HeaderMap::new();
        for name in TRACE.into_iter().chain([REQUEST_ID]) {
            for value in headers.get_all(&name) {
                inherited.append(&name, value.clone());
            }
        }
        Self {
            deadline: None,
            headers: inherited,
        }
    }

    /// Calls end by then, less the margin of the settings; none: by their own deadline alone.
    pub fn deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Calls bring this id along, as `x-request-id`.
    pub fn request_id(mut self, id: HeaderValue) -> Self {
        self.headers.insert(REQUEST_ID, id);
        self
    }

    /// Calls bring this position along, as `traceparent`.
    pub fn trace(mut self, traceparent: HeaderValue) -> Self {
        let [name, ..] = TRACE;
        self.headers.insert(name, traceparent);
        self
    }

    /// The time that is left; none: as much as anybody likes.
    pub(crate) fn left(&self, margin: Duration) -> Option<Duration> {
        let left = self.deadline?.saturating_duration_since(Instant::now());
        Some(left.saturating_sub(margin))
    }

    /// Adds what the call does not say itself.
    pub(crate) fn inject(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_says_itself_stays() {
        let mut request = HeaderMap::new();
        request.insert(REQUEST_ID, HeaderValue::from_static("theirs"));
        request.insert("traceparent", HeaderValue::from_static("00-1-2-01"));
        request.insert("authorization", HeaderValue::from_static("secret"));
        let incoming = Incoming::of(&request);
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static("own"));
        incoming.inject(&mut headers);
        assert_eq!(headers["x-request-id"], "theirs");
        assert_eq!(headers["traceparent"], "own");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn the_margin_is_taken_off() {
        let margin = Duration::from_millis(20);
        assert_eq!(Incoming::new().left(margin), None);
        let soon = Instant::now() + Duration::from_millis(10);
        let incoming = Incoming::new().deadline(Some(soon));
        assert_eq!(incoming.left(margin), Some(Duration::ZERO));
        let later = Instant::now() + Duration::from_secs(60);
        let left = Incoming::new().deadline(Some(later)).left(margin);
        assert!(left > Some(Duration::from_secs(58)), "{left:?}");
    }
}
