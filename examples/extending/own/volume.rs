//! How many bytes the callers send and get, in all calls of this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use chassis::call::{Call, Outcome};
use chassis::observe::Observer;

static TOTAL: AtomicU64 = AtomicU64::new(0);

/// The bytes of all calls that have ended, both ways.
pub fn total() -> u64 {
    TOTAL.load(Relaxed)
}

/// Adds up the bytes.
#[derive(Debug)]
pub(super) struct Volume;

impl Observer for Volume {
    fn ended(&self, _: &Arc<Call>, outcome: &Outcome) {
        TOTAL.fetch_add(outcome.received.bytes + outcome.sent.bytes, Relaxed);
    }
}
