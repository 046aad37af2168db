//! What the keeper is told, and by what.

use tokio::sync::mpsc::WeakUnboundedSender;

use crate::connect::Opened;
use crate::resolve::Address;

/// What the keeper is told. Endpoints and connections are named by their ids.
pub(super) enum Event {
    /// A call finds no connections.
    Wake,
    /// The connections of an endpoint have many calls in flight, as the endpoint knows.
    Busy,
    /// Many calls of an endpoint have failed in a row.
    Outlier { endpoint: u64 },
    /// A connection is to be replaced.
    Worn { endpoint: u64, connection: u64 },
    /// The target was resolved.
    Resolved(Result<Vec<Address>, String>),
    /// An attempt to connect has ended.
    Opened {
        endpoint: u64,
        opened: Result<Opened, String>,
    },
    /// A connection has ended, with the error if there was one.
    Closed {
        endpoint: u64,
        connection: u64,
        error: Option<String>,
    },
    /// The server of a connection was asked for its health.
    Health {
        endpoint: u64,
        connection: u64,
        healthy: Result<(), String>,
    },
}

/// Tells the keeper of a pool, for as long as there is one.
#[derive(Debug, Clone)]
pub(super) struct Events(WeakUnboundedSender<Event>);

impl Events {
    /// Weak, so that the keeper ends with the pool.
    pub(super) fn new(sender: WeakUnboundedSender<Event>) -> Self {
        Self(sender)
    }

    pub(super) fn tell(&self, event: Event) {
        if let Some(keeper) = self.0.upgrade() {
            let _ = keeper.send(event);
        }
    }
}
