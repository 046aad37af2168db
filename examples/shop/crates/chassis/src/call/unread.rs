//! What callers still send for a call that has been answered.
//!
//! A refusal often leaves before the message has come that it refuses. Were the body let go at once,
//! that message would count against the connection for good: h2 ends one, and with it all of its calls,
//! after 1024 frames for streams that it has forgotten (`max_local_error_reset_streams`) and after some
//! thousand small ones that nobody has read (`too_many_data_frames`). So what is on its way is
//! read, within bounds, and forgotten.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Longest wait for the caller to learn that it has been answered, and to stop.
const LONGEST: Duration = Duration::from_secs(10);
/// A caller from whom nothing has come for so long has stopped.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads what is left of `body` in the background; at most `window` bytes, which may be on their way unasked
/// (RFC 9113, 6.9.2).
pub(super) fn forget(mut body: Incoming, window: usize) {
    if body.is_end_stream() {
        return;
    }
    // Whoever drops a request on a thread of its own has none, and its caller is reset.
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    runtime.spawn(timeout(LONGEST, async move {
        let mut bytes = 0;
        while bytes < window
            && let next = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))
            && let Ok(Some(Ok(frame))) = timeout(PAUSE, next).await
        {
            bytes += frame.data_ref().map_or(0, Bytes::len);
        }
    }));
}
