//! Why an attempt got no response, and whether its request may have reached the server.

use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use h2::Reason;
use http::{HeaderMap, Request, Response};
use hyper::client::conn::TrySendError;
use tonic::{Code, Status};

use super::{Payload, ResponseBody};

/// How an attempt ended.
pub(crate) type Ended = Result<Response<ResponseBody>, Failure>;

/// Why an attempt got no response.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) left: Left,
}

/// Whether a request may have reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// There was no connection for it.
    Nowhere,
    /// It was handed to a connection that closed before it was sent.
    Never,
    /// The server says that it has not looked at it.
    Refused,
    /// Nobody knows.
    Perhaps,
    /// Nobody knows, since nothing came back in time.
    Silence,
}

impl Failure {
    /// No connection could be had.
    pub(super) fn unsent(status: Status) -> Self {
        Self {
            status,
            left: Left::Nowhere,
        }
    }

    /// The attempt took as long as an attempt may take.
    pub(super) fn silent(limit: Duration) -> Self {
        Self {
            status: Status::unavailable(format!("no answer after {limit:?}")),
            left: Left::Silence,
        }
    }

    /// Sending failed.
    pub(super) fn of(mut error: TrySendError<Request<Payload>>) -> Self {
        // Hyper returns what it has not begun to send.
        let unsent = error.take_message().is_some();
        let mut failure = Self::broken(&error.into_error());
        if unsent {
            failure.left = Left::Never;
            failure.status = Status::unavailable(failure.status.message());
        }
        failure
    }

    /// The connection or the stream broke.
    pub(super) fn broken(error: &hyper::Error) -> Self {
        let message = format!("the connection failed: {}", text(error));
        let h2 = with_causes(error).find_map(|error| error.downcast_ref::<h2::Error>());
        let (code, left) = match h2 {
            // Of streams after the last one that the server will look at.
            Some(h2) if h2.is_go_away() && h2.is_remote() => (Code::Unavailable, Left::Refused),
            Some(h2) if h2.is_reset() => reset(h2),
            _ => (Code::Unavailable, Left::Perhaps),
        };
        let status = Status::new(code, message);
        Self { status, left }
    }
}

/// What a stream means that was reset, by gRPC's table in "PROTOCOL-HTTP2".
fn reset(error: &h2::Error) -> (Code, Left) {
    let code = match error.reason() {
        Some(Reason::REFUSED_STREAM) if error.is_remote() => {
            return (Code::Unavailable, Left::Refused);
        }
        Some(Reason::CANCEL) => Code::Cancelled,
        Some(Reason::ENHANCE_YOUR_CALM) => Code::ResourceExhausted,
        Some(Reason::INADEQUATE_SECURITY) => Code::PermissionDenied,
        _ => Code::Internal,
    };
    (code, Left::Perhaps)
}

/// An error with its causes, in one line.
pub(crate) fn text(error: &(dyn Error + 'static)) -> String {
    let all: Vec<_> = with_causes(error).map(ToString::to_string).collect();
    all.join(": ")
}

/// An error, its cause, and so on.
fn with_causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (*error).source())
}

/// The code in headers or trailers.
pub(super) fn code_of(headers: &HeaderMap) -> Option<Code> {
    let code = headers.get("grpc-status")?;
    Some(Code::from_bytes(code.as_bytes()))
}

/// The code that an attempt ended with; [`Code::Ok`] as long as nothing else is known.
pub(crate) fn code(ended: &Ended) -> Code {
    match ended {
        Ok(response) => response.body().code(response.headers()),
        Err(failure) => failure.status.code(),
    }
}

/// Why an attempt was not the last one, for the log.
pub(super) fn cause(ended: &Ended) -> String {
    match ended {
        Ok(_) => format!("{:?}", code(ended)),
        Err(failure) => failure.status.message().to_owned(),
    }
}
