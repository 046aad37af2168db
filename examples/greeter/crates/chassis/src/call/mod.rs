//! One call, from its first header to its true end.
//!
//! In: an HTTP request of a connection. Out: its response, and to the observers one start and
//! one end. A call is resolved once to a [`Method`] and one [`Call`]; its response body is
//! wrapped once; `body` is the only place that learns how it ended.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use http::{Extensions, HeaderValue, header};

mod body;
mod count;
mod id;
mod method;
mod outcome;
mod service;

pub use body::{CallBody, RequestBody};
pub use id::RequestId;
pub use method::{Kind, Method, MethodTable, TableError};
pub use outcome::{Outcome, Traffic};
pub use service::CallService;

use count::Received;

/// The context of one call, shared by guards, observers and the handler.
#[derive(Debug)]
pub struct Call {
    start: Instant,
    peer: SocketAddr,
    id: RequestId,
    method: Arc<Method>,
    user_agent: Option<HeaderValue>,
    received: Received,
}

impl Call {
    /// Begins a call: the clock starts here.
    fn begin(peer: SocketAddr, method: Arc<Method>, head: &http::request::Parts) -> Self {
        Self {
            start: Instant::now(),
            peer,
            id: RequestId::of(&head.headers),
            method,
            user_agent: head.headers.get(header::USER_AGENT).cloned(),
            received: Received::default(),
        }
    }

    /// The other end of the connection; an IPv4 address is written as such.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The id that logs of all parts involved share; returned to the caller as `x-request-id`.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// What is called.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The caller's software, as it says itself; empty when it says nothing readable.
    pub fn user_agent(&self) -> &str {
        self.user_agent
            .as_ref()
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Time since the headers of the call arrived.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The call that a request's extensions carry, or a detached one.
pub(crate) fn of(extensions: &Extensions) -> &Call {
    static DETACHED: LazyLock<Call> = LazyLock::new(|| Call {
        start: Instant::now(),
        peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        id: RequestId::DETACHED,
        method: Arc::new(Method::unknown(0)),
        user_agent: None,
        received: Received::default(),
    });
    extensions.get::<Arc<Call>>().map_or(&DETACHED, |call| call)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A call of a method that is in no table, for the tests of guards and observers.
    pub(crate) fn unknown(head: &http::request::Parts) -> Call {
        let peer = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);
        Call::begin(peer, Arc::new(Method::unknown(0)), head)
    }
}
