//! What a client may do to a connection, frame by frame, and what becomes of it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use tonic::Code;

use harness::wait::within;
use harness::{Server, call};

mod cases;
mod connections;
mod drain;
mod floods;
mod frames;
mod fuzz;
#[path = "../harness/mod.rs"]
mod harness;
mod life;
mod pings;
mod proxies;
mod rules;
mod slow;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server answers, so nothing that came before has harmed it.
async fn lives(server: &Server) {
    let status = call(&server.connect().await, "Fail").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

/// Waits until no connection is open and no call in flight.
async fn left(server: &Server) {
    let (connections, calls) = (&server.shared.connections, &server.in_flight);
    let gone = within(PATIENCE, async || {
        connections.active() == 0 && calls.count() == 0
    });
    gone.await.expect("the server lets go of what has ended");
}

/// How often connections have failed for `cause`.
fn errors(server: &Server, cause: &str) -> u64 {
    count(server.shared.connections.errors(), cause)
}

/// How often connections have ended for `cause`.
fn closed(server: &Server, cause: &str) -> u64 {
    count(server.shared.connections.closed(), cause)
}

fn count(counts: Vec<(&'static str, u64)>, cause: &str) -> u64 {
    let found = counts.into_iter().find(|(name, _)| *name == cause);
    found.expect("a known cause").1
}
