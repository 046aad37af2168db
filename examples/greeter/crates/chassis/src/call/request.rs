//! The body of a request, on its way to the handler.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;

use super::count::Counter;
use super::service::Connection;
use super::{Call, Direction, unread};
use crate::guard::busy;

/// While memory is short, a message of which more is still to come is not waited for.
const LARGE: usize = 64 << 10;

/// The body of a request: counts what arrives.
#[derive(Debug)]
pub struct RequestBody {
    /// Gone once it has ended.
    inner: Option<Incoming>,
    connection: Arc<Connection>,
    call: Arc<Call>,
    counter: Counter,
}

impl RequestBody {
    pub(super) fn new(inner: Incoming, connection: Arc<Connection>, call: Arc<Call>) -> Self {
        Self {
            inner: Some(inner),
            connection,
            call,
            counter: Counter::default(),
        }
    }

    /// Ends it here, whatever is still to come.
    fn let_go(&mut self) {
        if let Some(inner) = self.inner.take() {
            unread::forget(inner, self.connection.window());
        }
    }

    /// The refusal of the rest of a large message that there is no room for.
    fn no_room(&self) -> Option<Status> {
        let is_large = self.counter.rest() > LARGE && !self.call.policy().probe;
        let is_refused = is_large && self.connection.stack().inflow().is_short();
        is_refused.then(|| busy("memory is short").into_status(self.call.method()))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    let traffic = self.counter.feed(data);
                    self.call.received.add(traffic);
                    let stack = self.connection.stack();
                    stack.progressed(&self.call, Direction::Received, traffic);
                    if let Some(status) = self.no_room() {
                        self.let_go();
                        return Poll::Ready(Some(Err(status)));
                    }
                }
            }
            Some(Err(_)) | None => self.inner = None,
        }
        // Reading fails only when the caller resets the stream or the connection breaks.
        let gone = |error| Status::cancelled(format!("the request ended early: {error}"));
        Poll::Ready(frame.map(|frame| frame.map_err(gone)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let ended = || SizeHint::with_exact(0);
        self.inner.as_ref().map_or_else(ended, Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        // A handler may answer before it has read everything.
        self.let_go();
    }
}
