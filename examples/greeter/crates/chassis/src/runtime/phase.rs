//! In which phase of its life the server is, and who wants to know.

use std::fmt::{self, Display};

use serde::Serialize;
use tokio::sync::watch;

/// A phase of the server's life; they come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Takes calls.
    Serving,
    /// Still takes calls, but asks to be left alone: it is not ready any more.
    Leaving,
    /// Takes no new calls; those in flight finish.
    Draining,
}

impl Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Serving => "serving",
            Self::Leaving => "leaving",
            Self::Draining => "draining",
        })
    }
}

/// Holds the phase; what [`run`](super::run) changes.
#[derive(Debug)]
pub struct Lifecycle(watch::Sender<Phase>);

impl Lifecycle {
    /// A server that is about to serve.
    #[allow(clippy::new_without_default)] // A default would hide that each server needs its own.
    pub fn new() -> Self {
        Self(watch::Sender::new(Phase::Serving))
    }

    /// A handle for a part that needs to know the phase.
    pub fn watch(&self) -> Watch {
        Watch(self.0.subscribe())
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.0.send_replace(phase);
    }
}

/// Sees the phase change.
#[derive(Debug, Clone)]
pub struct Watch(watch::Receiver<Phase>);

impl Watch {
    /// The phase that the server is in.
    pub fn now(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until the server is at least in `phase`, or gone.
    pub async fn reached(&mut self, phase: Phase) {
        // An error means that the lifecycle was dropped: then every phase has been reached.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }

    /// Waits until the server takes no new calls.
    pub(crate) async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }
}
