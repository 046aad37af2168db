//! The bodies of answers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use tokio::time::Interval;

use super::server::Known;

/// The body of an answer.
pub(super) enum Answer {
    /// Nothing: the status is in the headers.
    Empty,
    /// One message, then the status.
    Whole(Option<Bytes>, Option<HeaderMap>),
    /// The same message for ever.
    Ticks(Bytes, Interval),
    /// The same message for ever, as fast as the client allows.
    Flood(Bytes, Arc<Known>),
    /// What comes from the client, then the status.
    Echo(Incoming, Option<HeaderMap>),
    /// The same with another status after so many frames.
    Breaks(Incoming, usize, Option<HeaderMap>),
}

/// Trailers that say that all is well.
pub(super) fn well() -> Option<HeaderMap> {
    status("0")
}

/// Trailers with a status.
pub(super) fn status(code: &'static str) -> Option<HeaderMap> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(code));
    Some(trailers)
}

/// An interval for [`Answer::Ticks`].
pub(super) fn ticking() -> Interval {
    tokio::time::interval(Duration::from_millis(10))
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let end = |trailers: &mut Option<HeaderMap>| {
            let trailers = trailers.take();
            Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
        };
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Whole(data, trailers) => match data.take() {
                Some(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
                None => end(trailers),
            },
            Self::Ticks(data, interval) => {
                ready!(interval.poll_tick(cx));
                Poll::Ready(Some(Ok(Frame::data(data.clone()))))
            }
            Self::Flood(data, known) => {
                known.flooded.fetch_add(1, Relaxed);
                Poll::Ready(Some(Ok(Frame::data(data.clone()))))
            }
            Self::Echo(body, trailers) => match ready!(Pin::new(body).poll_frame(cx)) {
                Some(frame) => Poll::Ready(Some(frame)),
                None => end(trailers),
            },
            Self::Breaks(body, frames, trailers) => {
                if *frames == 0 {
                    return end(trailers);
                }
                match ready!(Pin::new(body).poll_frame(cx)) {
                    Some(frame) => {
                        *frames -= 1;
                        Poll::Ready(Some(frame))
                    }
                    None => {
                        *frames = 0;
                        *trailers = well();
                        end(trailers)
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Empty)
    }
}
