//! A stream whose frames are watched: what HTTP/2 itself lets pass and should not.
//!
//! In: the bytes of a connection, both ways. Out: the same bytes, what [`Progress`] shows of them, and
//! an error, with [`Refused`] in the progress, once the client pings too often or floods the server. Heads of
//! frames are looked at, contents never; nothing is allocated, and no clock is read per frame.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::control::{self, Control};
use super::frames::{ACK, Frames, kind};
use super::gathering::Gathering;
use super::pings::Pings;
use crate::call::Calls;
use crate::config;
use crate::runtime::Inflow;

/// GOAWAY with the code ENHANCE_YOUR_CALM and a text that gRPC clients know: they ping less then.
/// It names the highest stream there can be: no call is said to be safe to repeat.
const TOO_MANY_PINGS: &[u8] = b"\0\0\x16\x07\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x0btoo_many_pings";
/// The same without a text.
const CALM_DOWN: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x0b";

/// All connections together count what they receive; each tells so many bytes at once.
const TELLING: u64 = 64 << 10;

/// What can be seen of a connection from beside it.
///
/// A number that stays the same from one look to the next, and is not zero, means that nothing has
/// moved.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The frame of which the client has sent a part; zero between frames.
    pub(super) partial: AtomicU32,
    /// The write that the client keeps waiting; zero if none.
    pub(super) blocked: AtomicU32,
    /// Why the stream has been ended; HTTP/2 above it passes on only that it was.
    pub(super) refused: OnceLock<Refused>,
}

/// Why the connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The client pings too often.
    Pings,
    /// It sends too much that carries nothing.
    Flood,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pings => "too many pings",
            Self::Flood => "too many frames that carry nothing",
        })
    }
}

impl std::error::Error for Refused {}

/// A stream and what is known of its frames.
#[derive(Debug)]
pub(super) struct Watched<T> {
    io: T,
    progress: Arc<Progress>,
    calls: Arc<Calls>,
    inflow: Inflow,
    /// Bytes that the inflow has not been told of.
    untold: u64,
    /// Others have had their turn.
    has_waited: bool,
    reading: Frames,
    writing: Frames,
    pings: Pings,
    control: Control,
    /// Frames and writes so far, never zero.
    frames: u32,
    writes: u32,
    blocked: bool,
    gathering: Gathering,
}

impl<T> Watched<T> {
    /// Watches a stream that begins with the preface of its client.
    pub(super) fn new(io: T, calls: Arc<Calls>, inflow: Inflow, settings: &config::Server) -> Self {
        Self {
            io,
            progress: Arc::default(),
            calls,
            inflow,
            untold: 0,
            has_waited: false,
            reading: Frames::of_client(),
            writing: Frames::default(),
            pings: Pings::new(&settings.keepalive),
            control: Control::new(settings.connection.control_frames),
            frames: 1,
            writes: 1,
            blocked: false,
            gathering: Gathering::default(),
        }
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Sees what the client has sent.
    fn received(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.untold += bytes.len() as u64;
        if self.untold >= TELLING {
            self.inflow.received(std::mem::take(&mut self.untold));
        }
        let (mut pings, mut frames, mut control) = (0_u32, 0_u32, 0_u32);
        self.reading.feed(bytes, |head| {
            frames += 1;
            control += u32::from(control::carries_nothing(head));
            pings += u32::from(head.kind == kind::PING && head.flags & ACK == 0);
        });
        if frames > 0 {
            self.frames = self.frames.wrapping_add(frames).max(1);
        }
        let partial = match self.reading.between() {
            true => 0,
            false => self.frames,
        };
        self.progress.partial.store(partial, Relaxed);
        if control > 0 {
            for _ in 0..pings {
                let idle = self.calls.in_flight() == 0;
                self.pings.received(Instant::now(), idle)?;
            }
            self.control.received(control)?;
        }
        Ok(())
    }

    /// Sees what the client is sent.
    fn sent(&mut self, bytes: &[u8]) {
        let mut answers = 0;
        self.writing.feed(bytes, |head| {
            answers += u32::from(matches!(head.kind, kind::DATA | kind::HEADERS));
        });
        if answers > 0 {
            self.pings.answered();
            self.control.answered(answers);
        }
    }

    /// Ready when it is time to write.
    fn poll_turn(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if let Some(refused) = self.progress.refused.get() {
            return Poll::Ready(Err(error(*refused)));
        }
        if self.gathering.waits(self.calls.in_flight()) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn written(&mut self, poll: &Poll<io::Result<usize>>) {
        match poll {
            Poll::Pending => {
                // Another write that waits, or the same one still.
                if !self.blocked {
                    self.blocked = true;
                    self.writes = self.writes.wrapping_add(1).max(1);
                    self.progress.blocked.store(self.writes, Relaxed);
                }
            }
            Poll::Ready(_) if self.blocked => {
                self.blocked = false;
                self.progress.blocked.store(0, Relaxed);
            }
            Poll::Ready(_) => {}
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Watched<T> {
    /// Says why, as far as that can be said without waiting, and ends the stream.
    fn refuse(&mut self, refused: Refused, cx: &mut Context<'_>) -> io::Error {
        let _ = self.progress.refused.set(refused);
        // In the middle of a frame, anything would be taken for a part of it.
        if self.writing.between() {
            let last = match refused {
                Refused::Pings => TOO_MANY_PINGS,
                Refused::Flood => CALM_DOWN,
            };
            let mut io = Pin::new(&mut self.io);
            let _ = io.as_mut().poll_write(cx, last);
            let _ = io.as_mut().poll_flush(cx);
            let _ = io.poll_shutdown(cx);
        }
        error(refused)
    }
}

fn error(refused: Refused) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, refused)
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(refused) = this.progress.refused.get() {
            return Poll::Ready(Err(error(*refused)));
        }
        // Calls give memory back when they have their turn: not before more has been read.
        if this.inflow.is_short() && !this.has_waited {
            this.has_waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        this.has_waited = false;
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
        let seen = this.received(&buf.filled()[before..]);
        Poll::Ready(seen.map_err(|refused| this.refuse(refused, cx)))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_turn(cx))?;
        let written = Pin::new(&mut this.io).poll_write(cx, buf);
        this.written(&written);
        let count = ready!(written)?;
        this.sent(&buf[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_turn(cx))?;
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.written(&written);
        let count = ready!(written)?;
        let mut left = count;
        for buf in bufs {
            let (seen, _) = buf.split_at(left.min(buf.len()));
            this.sent(seen);
            left -= seen.len();
            if left == 0 {
                break;
            }
        }
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
