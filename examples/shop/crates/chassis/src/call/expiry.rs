//! The end of a call by its deadline.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};
use tonic::Status;

/// Wakes a call at its deadline.
///
/// A timer is made when the call has to wait for the first time: most calls never do.
#[derive(Debug, Default)]
pub(super) struct Expiry(Option<Pin<Box<Sleep>>>);

impl Expiry {
    /// Ready when the deadline has passed, with the status that says so.
    pub(super) fn poll(&mut self, deadline: Option<Instant>, cx: &mut Context<'_>) -> Poll<Status> {
        let Some(deadline) = deadline else {
            return Poll::Pending;
        };
        let sleep = self
            .0
            .get_or_insert_with(|| Box::pin(sleep_until(deadline.into())));
        sleep.as_mut().poll(cx).map(|()| expired())
    }
}

/// The status of a call whose deadline has passed.
pub(crate) fn expired() -> Status {
    Status::deadline_exceeded("the deadline has passed")
}
