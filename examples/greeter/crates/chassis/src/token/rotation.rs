//! Takes new keys without a restart: reads their file again and again.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};

use super::Verifier;

/// Keeps the keys of `verifier` up to date for as long as it is polled; an `interval` of zero is never.
///
/// A file that cannot be used is told once for each fault, and the old keys stay.
pub async fn watch(verifier: Arc<Verifier>, interval: Duration) {
    let mut told = None;
    while !interval.is_zero() {
        sleep(interval).await;
        let reading = Arc::clone(&verifier);
        // Elsewhere: a file of a network may take its time.
        let Ok(read) = spawn_blocking(move || reading.reload()).await else {
            // The runtime ends.
            return;
        };
        match read {
            Ok(changed) => {
                if changed {
                    info!("the keys for tokens have changed");
                }
                told = None;
            }
            Err(error) => {
                if told.as_ref() != Some(&error) {
                    warn!(%error, "the keys for tokens stay as they are");
                }
                told = Some(error);
            }
        }
    }
}
