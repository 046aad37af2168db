//! How many calls one connection has carried.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts the calls of one connection; touched by nobody else, so that cores do not wait for each
/// other.
#[derive(Debug, Default)]
pub struct Calls {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Calls {
    pub(super) fn begin(&self) {
        self.begun.fetch_add(1, Relaxed);
    }

    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Relaxed);
    }

    /// The calls that have begun, ended or not.
    pub fn total(&self) -> u64 {
        self.begun.load(Relaxed)
    }

    /// The calls that have begun and not ended.
    pub fn in_flight(&self) -> u64 {
        let ended = self.ended.load(Relaxed);
        // A call may end between the two looks.
        self.total().saturating_sub(ended)
    }
}
