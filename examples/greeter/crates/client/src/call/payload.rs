//! What an attempt sends: the one message of the call, or its stream.
//!
//! A message is encoded once and kept for the next attempt. A stream is lent to one attempt after the
//! other, as long as nothing of it has left.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use tonic::Status;
use tonic::body::Body;

/// What a call sends.
#[derive(Debug)]
pub(crate) enum Source {
    /// One message, encoded; kept for retries, or given away with the first attempt.
    Whole { bytes: Option<Bytes>, kept: bool },
    /// Any number of messages.
    Stream(Arc<Flow>),
}

impl Source {
    /// Reads the one message of a call; one of more than `most` bytes is sent only once.
    pub(crate) async fn read(mut body: Body, most: usize) -> Result<Self, Status> {
        let mut first: Option<Bytes> = None;
        let mut more = BytesMut::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
        {
            let Ok(data) = frame?.into_data() else {
                continue;
            };
            match &first {
                None => first = Some(data),
                Some(begin) => {
                    if more.is_empty() {
                        more.extend_from_slice(begin);
                    }
                    more.extend_from_slice(&data);
                }
            }
        }
        let bytes = match more.is_empty() {
            true => first.unwrap_or_default(),
            false => more.freeze(),
        };
        let kept = bytes.len() <= most;
        let bytes = Some(bytes);
        Ok(Self::Whole { bytes, kept })
    }

    pub(crate) fn stream(body: Body) -> Self {
        Self::Stream(Arc::new(Flow(Mutex::new(State {
            body: Some(body),
            attempt: 0,
            started: false,
            ended: false,
            waker: None,
        }))))
    }

    /// What the next attempt sends, and what ends it if it is a stream; an earlier attempt gets nothing
    /// any more.
    pub(crate) fn next(&mut self) -> (Payload, Option<StreamEnd>) {
        match self {
            Self::Whole { bytes, kept: true } => (Payload(Kind::Whole(bytes.clone())), None),
            Self::Whole { bytes, kept: false } => (Payload(Kind::Whole(bytes.take())), None),
            Self::Stream(flow) => {
                let mut state = flow.lock();
                state.attempt += 1;
                let attempt = state.attempt;
                drop(state);
                let end = StreamEnd {
                    flow: Arc::clone(flow),
                    attempt,
                };
                let flow = Arc::clone(flow);
                (Payload(Kind::Stream { flow, attempt }), Some(end))
            }
        }
    }

    /// Whether two attempts at once can send it.
    pub(crate) fn may_be_sent_twice(&self) -> bool {
        matches!(self, Self::Whole { kept: true, .. })
    }

    /// Whether there is something to send for another attempt.
    pub(crate) fn is_kept(&self) -> bool {
        match self {
            Self::Whole { kept, .. } => *kept,
            Self::Stream(flow) => {
                let state = flow.lock();
                !state.started && !state.ended && state.body.is_some()
            }
        }
    }
}

/// The stream of a call.
#[derive(Debug)]
pub(crate) struct Flow(Mutex<State>);

#[derive(Debug)]
struct State {
    /// None once it has ended, or nobody wants it any more.
    body: Option<Body>,
    /// Which attempt may read it.
    attempt: u32,
    /// Something has left.
    started: bool,
    ended: bool,
    /// Of the attempt that waits.
    waker: Option<Waker>,
}

impl Flow {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(
        &self,
        attempt: u32,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let mut state = self.lock();
        let state = &mut *state;
        let ours = state.attempt == attempt;
        if ours && state.ended {
            return Poll::Ready(None);
        }
        let Some(body) = state.body.as_mut().filter(|_| ours) else {
            return Poll::Ready(Some(Err(h2::Error::from(h2::Reason::CANCEL).into())));
        };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) else {
            if !state
                .waker
                .as_ref()
                .is_some_and(|waker| waker.will_wake(cx.waker()))
            {
                state.waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        match frame {
            Some(Ok(_)) => state.started = true,
            _ => state.ended = true,
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }
}

/// Ends the stream of an attempt when its call has ended: the source is dropped, and the server is told
/// if it does not know yet.
#[derive(Debug)]
pub(crate) struct StreamEnd {
    flow: Arc<Flow>,
    attempt: u32,
}

impl StreamEnd {
    /// The attempt has failed: its stream may be another one's.
    pub(crate) fn keep(mut self) {
        self.attempt = 0;
    }
}

impl Drop for StreamEnd {
    fn drop(&mut self) {
        let mut state = self.flow.lock();
        if state.attempt != self.attempt {
            return;
        }
        let (body, waker) = (state.body.take(), state.waker.take());
        drop(state);
        // Whatever the user's stream does when it goes, it does without the lock.
        drop(body);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What ends a payload early.
type Cause = Box<dyn Error + Send + Sync>;

/// What one attempt sends.
#[derive(Debug)]
pub(crate) struct Payload(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Option<Bytes>),
    Stream { flow: Arc<Flow>, attempt: u32 },
}

impl Payload {
    /// One message with its prefix.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Some(bytes)))
    }
}

impl http_body::Body for Payload {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Stream { flow, attempt } => flow.poll(*attempt, cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Whole(None))
    }
}
