//! How a call ended.

use std::borrow::Cow;
use std::ops::AddAssign;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tonic::{Code, Status};

/// Carries the status code.
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The status code in the headers or trailers of a response.
///
/// They are few: to look at each takes less than to hash the name.
pub(super) fn status(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut all = headers.iter();
    all.find_map(|(name, value)| (*name == STATUS).then_some(value))
}

/// What went over the wire in one direction.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Complete gRPC messages.
    pub messages: u64,
    /// Bytes of the body: messages with their five-byte prefixes, compressed if they were.
    pub bytes: u64,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, more: Self) {
        self.messages += more.messages;
        self.bytes += more.bytes;
    }
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the caller.
    Received,
    /// To the caller.
    Sent,
}

/// The end of one call, as the caller saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The status code.
    pub code: Code,
    /// The status message; empty when the call succeeded.
    pub message: String,
    /// What the caller is not told: why a guard refused it.
    pub detail: Option<Cow<'static, str>>,
    /// From the headers of the call to its end.
    pub elapsed: Duration,
    /// True when the call did not reach its end: the caller or its connection went away.
    pub cancelled: bool,
    /// From the caller.
    pub received: Traffic,
    /// To the caller.
    pub sent: Traffic,
}

impl Outcome {
    /// Code and message of trailers or of a trailers-only response.
    ///
    /// A success, the common case, is told by one byte and costs no allocation.
    pub(super) fn read(headers: &HeaderMap) -> (Code, String) {
        match status(headers) {
            Some(code) if code == "0" => (Code::Ok, String::new()),
            Some(_) => match Status::from_header_map(headers) {
                Some(status) => (status.code(), status.message().to_owned()),
                None => (Code::Unknown, String::new()),
            },
            None => (Code::Unknown, "the response has no grpc-status".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_tell_code_and_message() {
        let read = |status: Status| {
            let mut headers = HeaderMap::new();
            status.add_header(&mut headers).unwrap();
            Outcome::read(&headers)
        };
        assert_eq!(
            read(Status::not_found("no “Ann”")),
            (Code::NotFound, "no “Ann”".to_owned())
        );
        assert_eq!(read(Status::ok("")), (Code::Ok, String::new()));
        assert_eq!(Outcome::read(&HeaderMap::new()).0, Code::Unknown);
    }
}
