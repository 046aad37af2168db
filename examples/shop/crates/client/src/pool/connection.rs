//! One HTTP/2 connection, and the calls on it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::SendRequest;
use tokio::time::Instant;

use super::Endpoint;
use crate::call::Payload;

/// Streams that were cut short before a connection is replaced.
///
/// What was on its way for them counts against it for good: half of its window in messages of a few bytes
/// that nobody has read, and h2 closes it with all of its calls. Nobody can tell how much there was.
const MOST_CUTS: u32 = 256;

/// One HTTP/2 connection.
pub(crate) struct Connection {
    id: u64,
    endpoint: Arc<Endpoint>,
    sender: SendRequest<Payload>,
    opened: Instant,
    in_flight: AtomicUsize,
    calls: AtomicU64,
    answered: AtomicBool,
    /// Streams that were cut short.
    cuts: AtomicU32,
}

impl Connection {
    pub(super) fn new(id: u64, endpoint: Arc<Endpoint>, sender: SendRequest<Payload>) -> Self {
        Self {
            id,
            endpoint,
            sender,
            opened: Instant::now(),
            in_flight: AtomicUsize::new(0),
            calls: AtomicU64::new(0),
            answered: AtomicBool::new(false),
            cuts: AtomicU32::new(0),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Calls that have not ended.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Calls so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    /// Whether the server has answered anything.
    pub(super) fn answered(&self) -> bool {
        self.answered.load(Relaxed)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a request; returns when the headers of the response are there.
    pub(crate) fn send(
        &self,
        request: Request<Payload>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Payload>>>> + use<>
    {
        self.sender.clone().try_send_request(request)
    }

    /// A stream was let go whose server still sends.
    pub(crate) fn count_cut(&self) {
        if self.cuts.fetch_add(1, Relaxed) + 1 == MOST_CUTS {
            self.endpoint.tell_worn(self.id);
        }
    }

    /// The server has answered something.
    pub(crate) fn count_answer(&self) {
        if !self.answered.load(Relaxed) {
            self.answered.store(true, Relaxed);
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("address", self.endpoint.address())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// The place of one call on a connection.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: Arc<Connection>,
    counted: bool,
}

impl Lease {
    pub(super) fn new(connection: &Arc<Connection>) -> Self {
        connection.in_flight.fetch_add(1, Relaxed);
        connection.calls.fetch_add(1, Relaxed);
        Self {
            connection: Arc::clone(connection),
            counted: true,
        }
    }

    /// For what is no call of the user's: it neither makes the connection count as used nor as loaded.
    pub(crate) fn unseen(connection: &Arc<Connection>) -> Self {
        Self {
            connection: Arc::clone(connection),
            counted: false,
        }
    }
}

impl std::ops::Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.counted {
            self.connection.in_flight.fetch_sub(1, Relaxed);
        }
    }
}
