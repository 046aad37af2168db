//! Counts the calls that have started and not ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use http::request;
use tokio::time::{sleep, timeout};

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

    /// Waits until no call is in flight, at most for `longest`.
    ///
    /// Calls that are cut end when their tasks notice, a moment after their connections.
    pub async fn settled(&self, longest: Duration) {
        let settled = async {
            while self.count() > 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let _ = timeout(longest, settled).await;
    }
}

impl Observer for InFlight {
    fn started(&self, _: &Call, _: &request::Parts) {
        self.0.fetch_add(1, Relaxed);
    }

    fn ended(&self, _: &Arc<Call>, _: &Outcome) {
        self.0.fetch_sub(1, Relaxed);
    }
}
