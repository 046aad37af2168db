//! What callers send, against the memory that there is.
//!
//! A burst of large messages fills memory faster than it is looked at by the clock. So it is also looked at
//! whenever so much has come that it could have become short.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::memory::{self, Limit};
use crate::guard::Pressure;

/// Memory is looked at for each of so many parts of the limit: all of them together are less than the
/// tenth that is left above it.
const PARTS: u64 = 64;

/// Counts what arrives; clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Inflow(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: Limit,
    pressure: Pressure,
    /// Bytes since memory was looked at.
    unseen: AtomicU64,
}

impl Inflow {
    pub(crate) fn new(limit: Limit, pressure: Pressure) -> Self {
        Self(Arc::new(Inner {
            limit,
            pressure,
            unseen: AtomicU64::new(0),
        }))
    }

    /// So many bytes have come.
    pub(crate) fn received(&self, bytes: u64) {
        let Inner {
            limit,
            pressure,
            unseen,
        } = &*self.0;
        let Some(most) = limit.get() else {
            return;
        };
        if unseen.fetch_add(bytes, Relaxed) + bytes >= most / PARTS {
            unseen.store(0, Relaxed);
            memory::look(limit, pressure);
        }
    }

    /// True while memory is short.
    pub(crate) fn is_short(&self) -> bool {
        self.0.pressure.is_high()
    }
}
