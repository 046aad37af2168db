//! The body of a response, and the one place that learns how a call ended.
//!
//! A call ends with its trailers, with a trailers-only response, with an error, a panic or its
//! deadline, or by being dropped: then the caller or its connection is gone. Whatever comes first is told to the
//! observers, once.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use tonic::{Code, Status};

use super::contained::contained;
use super::count::Counter;
use super::expiry::Expiry;
use super::service::Connection;
use super::{Call, Direction, Outcome, RequestBody, Traffic};
use crate::guard::{Refusal, Slot};
use crate::services::Answer;

// === Ending ===

/// Tells the observers, exactly once, how a call ended; holds what ends with it.
#[derive(Debug)]
pub(super) struct Ending {
    connection: Arc<Connection>,
    call: Arc<Call>,
    expiry: Expiry,
    /// Given back when the call has ended.
    pub(super) slot: Slot,
    detail: Option<Cow<'static, str>>,
    sent: Traffic,
    told: bool,
}

impl Ending {
    pub(super) fn new(connection: Arc<Connection>, call: Arc<Call>, slot: Slot) -> Self {
        Self {
            connection,
            call,
            expiry: Expiry::default(),
            slot,
            detail: None,
            sent: Traffic::default(),
            told: false,
        }
    }

    pub(super) fn call(&self) -> &Arc<Call> {
        &self.call
    }

    /// Ready when the deadline of the call has passed.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        self.expiry.poll(self.call.deadline, cx)
    }

    /// Begins the answer of the call.
    pub(super) fn answer(&self, request: http::Request<RequestBody>) -> Answer {
        match self.connection.routes().endpoint(self.call.method()) {
            Some(endpoint) => endpoint.call(request),
            // A guard has refused unknown methods; were it taken off the stack, this remains.
            None => Box::pin(async { Ok(Status::unimplemented("unknown method").into_http()) }),
        }
    }

    /// The response of a refused call; what the caller is not told is kept for the observers.
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Response<tonic::body::Body> {
        let (response, detail) = refusal.into_response(self.call.method());
        self.detail = detail;
        response
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
        let outcome = Outcome {
            code,
            message,
            detail: self.detail.take(),
            elapsed: self.call.elapsed(),
            cancelled,
            received: self.call.received.total(),
            sent: self.sent,
        };
        // First: once the observers have heard of the end, nothing counts the call any more.
        self.connection.calls().end();
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
            let traffic = self.counter.feed(data);
            if let Some(ending) = &mut self.ending {
                ending.sent += traffic;
                let stack = ending.connection.stack();
                stack.progressed(&ending.call, Direction::Sent, traffic);
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

    /// Ends the response before its time; whole messages have been sent, so trailers may follow.
    fn cut(&mut self, status: &Status) -> Result<Frame<Bytes>, Status> {
        self.inner = tonic::body::Body::empty();
        self.end(status);
        let mut trailers = HeaderMap::new();
        status.add_header(&mut trailers)?;
        Ok(Frame::trailers(trailers))
    }
}

impl Body for CallBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        // A single response is all that is left of its handler.
        let streaming = |ending: &&Ending| ending.call.method().kind().answers_in_many();
        let at_work = this.ending.as_ref().filter(streaming);
        let at_work = at_work.map(|ending| &ending.call);
        let polled = contained(at_work, || Pin::new(&mut this.inner).poll_frame(cx));
        let frame = match polled {
            Ok(Poll::Ready(frame)) => frame,
            Ok(Poll::Pending) => {
                let Some(ending) = &mut this.ending else {
                    return Poll::Pending;
                };
                let status = ready!(ending.poll_expired(cx));
                return Poll::Ready(Some(this.cut(&status)));
            }
            Err(status) => return Poll::Ready(Some(this.cut(&status))),
        };
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
