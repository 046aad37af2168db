//! Counts the calls that have started and not ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::Observer;
use crate::call::{Call, Outcome};

/// How many calls are in flight; clones share the count.
///
/// Shutdown reads it, to tell a clean end from one that cut calls.
#[derive(Debug, Default, Clone)]
pub struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    /// The calls in flight now.
    pub fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Observer for InFlight {
    fn started(&self, _: &Call) {
        self.0.fetch_add(1, Relaxed);
    }

    fn ended(&self, _: &Call, _: &Outcome) {
        self.0.fetch_sub(1, Relaxed);
    }
}
