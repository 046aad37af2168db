//! How many frames a client may send that carry nothing.

use tokio::time::Instant;

use super::frames::{ACK, Head, kind};
use super::watched::Refused;
use crate::config::Rate;

/// True for what can be sent for nothing. The windows of flow control are not: answers need them.
pub(super) fn carries_nothing(head: Head) -> bool {
    match head.kind {
        kind::DATA => head.length == 0 && head.flags & ACK == 0,
        kind::HEADERS | kind::WINDOW_UPDATE => false,
        kind::CONTINUATION => head.length == 0,
        _ => true,
    }
}

/// Counts the frames that carry nothing, in windows of time.
#[derive(Debug)]
pub(super) struct Control {
    rate: Rate,
    count: u32,
    since: Instant,
}

impl Control {
    pub(super) fn new(rate: Rate) -> Self {
        let since = Instant::now();
        Self {
            rate,
            count: 0,
            since,
        }
    }

    pub(super) fn received(&mut self, frames: u32) -> Result<(), Refused> {
        self.count = self.count.saturating_add(frames);
        if self.count <= self.rate.count.get() {
            return Ok(());
        }
        let now = Instant::now();
        if now - self.since < self.rate.per {
            return Err(Refused::Flood);
        }
        self.since = now;
        self.count = frames;
        Ok(())
    }

    /// Clients may measure the connection by a ping per answer, and do.
    pub(super) fn answered(&mut self, frames: u32) {
        self.count = self.count.saturating_sub(frames);
    }
}
