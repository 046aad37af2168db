//! Clients that stop in the middle: of a frame that they send, or of reading what they are sent.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::quantity::nonzero;

/// Notices that one and the same thing has not moved for a whole interval.
#[derive(Debug)]
pub(super) struct Stall {
    timeout: Option<Duration>,
    looked: Instant,
    seen: u32,
}

impl Stall {
    pub(super) fn new(timeout: Duration, now: Instant) -> Self {
        Self {
            timeout: nonzero(timeout),
            looked: now,
            seen: 0,
        }
    }

    /// True if `seen` was there a whole interval ago.
    pub(super) fn holds(&mut self, now: Instant, seen: u32) -> bool {
        let Some(timeout) = self.timeout else {
            return false;
        };
        if seen == 0 || seen != self.seen {
            // Looks in between do not put off the next one.
            if now >= self.looked + timeout || self.seen != seen {
                self.looked = now;
                self.seen = seen;
            }
            return false;
        }
        now >= self.looked + timeout
    }

    /// When it is worth a look again; none if there is no limit.
    pub(super) fn next(&self) -> Option<Instant> {
        self.timeout.map(|timeout| self.looked + timeout)
    }
}
