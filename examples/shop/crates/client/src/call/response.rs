//! What a caller reads: a response that is there already, or a stream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::{Code, Status};

use super::failure::{Failure, code_of};
use super::payload::StreamEnd;
use crate::pool::{Connection, Lease};

/// What one attempt holds while it lasts.
#[derive(Debug)]
pub(crate) struct Exchange {
    lease: Lease,
    /// Ends what is still being sent.
    end: Option<StreamEnd>,
    until: Option<Instant>,
}

impl Exchange {
    pub(crate) fn new(lease: Lease, end: Option<StreamEnd>, until: Option<Instant>) -> Self {
        Self { lease, end, until }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.lease
    }

    /// Gives up the place on the connection; what is still being sent goes on until the result is
    /// dropped.
    pub(super) fn leave(self) -> Option<StreamEnd> {
        self.end
    }

    /// The attempt has failed: what it would have sent may be another one's.
    pub(super) fn give_back(self) {
        if let Some(end) = self.end {
            end.keep();
        }
    }
}

/// The body of a response. It ends the call when it is dropped.
#[derive(Debug)]
pub struct ResponseBody {
    whole: Whole,
    stream: Option<Stream>,
    /// Of a response that is there.
    end: Option<StreamEnd>,
}

/// Frames that are there.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// Most responses have one frame, which needs no queue.
    first: Option<Bytes>,
    more: VecDeque<Bytes>,
    pub(super) trailers: Option<HeaderMap>,
}

/// Frames that come.
#[derive(Debug)]
struct Stream {
    body: Incoming,
    expiry: Option<Pin<Box<Sleep>>>,
    /// Held until the end.
    exchange: Exchange,
}

impl Whole {
    pub(super) fn push(&mut self, data: Bytes) {
        match self.first {
            None => self.first = Some(data),
            Some(_) => self.more.push_back(data),
        }
    }

    fn pop(&mut self) -> Option<Frame<Bytes>> {
        if let Some(first) = self.first.take() {
            self.first = self.more.pop_front();
            return Some(Frame::data(first));
        }
        self.trailers.take().map(Frame::trailers)
    }
}

impl Stream {
    fn new(body: Incoming, exchange: Exchange) -> Self {
        let expiry = exchange.until.map(|until| Box::pin(sleep_until(until)));
        Self {
            body,
            expiry,
            exchange,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let broken = |error| Failure::broken(&error).status;
            return Poll::Ready(frame.map(|frame| frame.map_err(broken)));
        }
        match &mut self.expiry {
            Some(expiry) => {
                ready!(expiry.as_mut().poll(cx));
                Poll::Ready(Some(Err(super::expired())))
            }
            None => Poll::Pending,
        }
    }
}

impl ResponseBody {
    /// All of it is there.
    pub(super) fn whole(whole: Whole, end: Option<StreamEnd>) -> Self {
        let stream = None;
        Self { whole, stream, end }
    }

    /// All of it is to come.
    pub(super) fn stream(body: Incoming, exchange: Exchange) -> Self {
        Self::partly(Whole::default(), body, exchange)
    }

    /// The beginning is there.
    pub(super) fn partly(whole: Whole, body: Incoming, exchange: Exchange) -> Self {
        let stream = Some(Stream::new(body, exchange));
        let end = None;
        Self { whole, stream, end }
    }

    /// Another attempt is made: it may send what this one would have sent.
    pub(super) fn give_back(mut self) {
        self.count_cut();
        if let Some(stream) = self.stream.take() {
            stream.exchange.give_back();
        }
        if let Some(end) = self.end.take() {
            end.keep();
        }
    }

    /// Tells the connection if messages may still be on their way that nobody will read.
    fn count_cut(&self) {
        if let Some(stream) = &self.stream
            && !stream.body.is_end_stream()
        {
            stream.exchange.connection().count_cut();
        }
    }

    /// The code of the response with these headers, as far as it is known.
    pub(crate) fn code(&self, headers: &HeaderMap) -> Code {
        let trailers = self.whole.trailers.as_ref();
        code_of(headers)
            .or_else(|| code_of(trailers?))
            .unwrap_or(Code::Ok)
    }

    /// The trailers, if they are there.
    pub(crate) fn trailers(&self) -> Option<&HeaderMap> {
        self.whole.trailers.as_ref()
    }

    /// Whether the response carries a message, as far as it is known.
    pub(crate) fn has_message(&self) -> bool {
        self.whole.first.is_some() || self.stream.is_some()
    }

    /// The first frame, if it is there.
    pub(crate) fn into_first(mut self) -> Option<Bytes> {
        self.whole.first.take()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.count_cut();
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(frame) = self.whole.pop() {
            return Poll::Ready(Some(Ok(frame)));
        }
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        let frame = ready!(stream.poll(cx));
        // Whatever comes after the end or an error is of no interest; the place on the connection is.
        if !matches!(&frame, Some(Ok(frame)) if frame.is_data()) {
            self.stream = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let whole = &self.whole;
        whole.first.is_none() && whole.trailers.is_none() && self.stream.is_none()
    }
}
