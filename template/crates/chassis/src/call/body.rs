//! The two bodies of a call, and the one place that learns how it ended.
//!
//! A call ends with its trailers, with a trailers-only response, with an error or a panic, or by
//! being dropped: then the caller or its connection is gone. Whatever comes first is told to the
//! observers, once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::{Code, Status};

use super::count::Counter;
use super::service::Connection;
use super::{Call, Outcome, Traffic};

/// What the caller sees when a handler panics; the panic itself is in the log.
const PANICKED: &str = "internal error";

/// The status of a call whose handler panicked.
pub(super) fn panicked() -> Status {
    Status::internal(PANICKED)
}

// === Ending ===

/// Tells the observers, exactly once, how a call ended.
#[derive(Debug)]
pub(super) struct Ending {
    connection: Arc<Connection>,
    call: Arc<Call>,
    sent: Traffic,
    told: bool,
}

impl Ending {
    pub(super) fn new(connection: Arc<Connection>, call: Arc<Call>) -> Self {
        Self {
            connection,
            call,
            sent: Traffic::default(),
            told: false,
        }
    }

    pub(super) fn call(&self) -> &Call {
        &self.call
    }

    /// The end by trailers or by a trailers-only response.
    pub(super) fn headers(self, headers: &HeaderMap) {
        let (code, message) = Outcome::read(headers);
        self.tell(code, message);
    }

    /// The end by a status of our own making.
    pub(super) fn status(self, status: &Status) {
        self.tell(status.code(), status.message().to_owned());
    }

    fn tell(mut self, code: Code, message: String) {
        self.once(code, message, false);
    }

    fn once(&mut self, code: Code, message: String, cancelled: bool) {
        self.told = true;
        let received = self.call.received.total();
        let outcome = Outcome {
            code,
            message,
            cancelled,
            received,
            sent: self.sent,
        };
        self.connection.stack().ended(&self.call, &outcome);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.told {
            self.once(Code::Cancelled, "the caller went away".to_owned(), true);
        }
    }
}

// === RequestBody ===

/// The body of a request: counts what arrives.
#[derive(Debug)]
pub struct RequestBody {
    inner: Incoming,
    call: Arc<Call>,
    counter: Counter,
}

impl RequestBody {
    pub(super) fn new(inner: Incoming, call: Arc<Call>) -> Self {
        Self {
            inner,
            call,
            counter: Counter::default(),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let messages = self.counter.feed(data);
            self.call.received.add(messages, data.len() as u64);
        }
        // Reading fails only when the caller resets the stream or the connection breaks.
        let gone = |error| Status::cancelled(format!("the request ended early: {error}"));
        Poll::Ready(frame.map(|frame| frame.map_err(gone)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

// === CallBody ===

/// The body of a response: counts what leaves and sees the end.
#[derive(Debug)]
pub struct CallBody {
    inner: tonic::body::Body,
    counter: Counter,
    /// Gone as soon as the end has been told.
    ending: Option<Ending>,
}

impl CallBody {
    /// The body of a call that goes on.
    pub(super) fn open(inner: tonic::body::Body, ending: Ending) -> Self {
        Self {
            inner,
            counter: Counter::default(),
            ending: Some(ending),
        }
    }

    /// The body of a call that has ended already.
    pub(super) fn ended(inner: tonic::body::Body) -> Self {
        Self {
            inner,
            counter: Counter::default(),
            ending: None,
        }
    }

    fn see(&mut self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref() {
            let messages = self.counter.feed(data);
            if let Some(ending) = &mut self.ending {
                ending.sent.messages += messages;
                ending.sent.bytes += data.len() as u64;
            }
        } else if let Some(trailers) = frame.trailers_ref()
            && let Some(ending) = self.ending.take()
        {
            ending.headers(trailers);
        }
    }

    fn end(&mut self, status: &Status) {
        if let Some(ending) = self.ending.take() {
            ending.status(status);
        }
    }
}

impl Body for CallBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let inner = AssertUnwindSafe(|| Pin::new(&mut self.inner).poll_frame(cx));
        let Ok(poll) = catch_unwind(inner) else {
            // Whole messages have been sent, so trailers may follow.
            self.inner = tonic::body::Body::empty();
            let status = panicked();
            self.end(&status);
            let mut trailers = HeaderMap::new();
            let added = status.add_header(&mut trailers);
            return Poll::Ready(Some(added.map(|()| Frame::trailers(trailers))));
        };
        let frame = ready!(poll);
        match &frame {
            Some(Ok(frame)) => self.see(frame),
            Some(Err(status)) => self.end(status),
            None => self.end(&Status::unknown("the response has no trailers")),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
