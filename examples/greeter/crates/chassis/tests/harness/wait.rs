//! Waits, none of which is for ever.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};

use super::Server;

/// Longest wait for something that takes a moment.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Waits until `done`.
pub(crate) async fn until(done: impl AsyncFnMut() -> bool) {
    let came = within(LONG, done).await;
    came.expect("what should come comes");
}

/// Waits until `done`, for as long as `limit` at most.
pub(crate) async fn within(
    limit: Duration,
    mut done: impl AsyncFnMut() -> bool,
) -> Result<(), Elapsed> {
    let waiting = async {
        while !done().await {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(limit, waiting).await
}

/// Makes the one call of `server`, which does not end, and goes away once the handler has it.
pub(crate) async fn abandon<T: Debug>(server: &Server, call: impl Future<Output = T>) {
    tokio::select! {
        biased;
        ended = call => panic!("the call does not end: {ended:?}"),
        () = until(async || server.in_flight.count() > 0) => {}
    }
}
