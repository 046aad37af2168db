//! How a target can be reached, in the words of gRPC's connectivity semantics.

use std::fmt;

/// How a target can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Nobody calls, so there are no connections; the next call makes them.
    #[default]
    Idle,
    /// Connections are being made; calls wait.
    Connecting,
    /// Calls go out.
    Ready,
    /// No server can be reached; attempts go on.
    TransientFailure,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Ready => "ready",
            Self::TransientFailure => "transient failure",
        })
    }
}
