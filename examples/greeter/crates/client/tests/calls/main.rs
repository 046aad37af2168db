//! Calls over real sockets, to servers that do what a test wants.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod batches;
mod cancelled;
mod deadlines;
mod failover;
mod floods;
#[path = "../harness/mod.rs"]
mod harness;
mod hedging;
mod pooling;
mod refused;
mod resolution;
mod retries;
mod seen;
mod streams;
mod unhealthy;
