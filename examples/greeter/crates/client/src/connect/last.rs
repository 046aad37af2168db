//! Lets everybody else go first.
//!
//! A task that is woken runs next, if its scheduler has its way: each caller would have its request written
//! by a system call of its own. Whoever waits for its turn once more finds the requests of all callers that were
//! ready, and they leave together.

use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is polled at the second turn after it was woken.
#[derive(Debug)]
pub(super) struct Last<F> {
    future: F,
    turn: bool,
}

impl<F> Last<F> {
    pub(super) fn new(future: F) -> Self {
        Self {
            future,
            turn: false,
        }
    }
}

impl<F: Future + Unpin> Future for Last<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.turn = !self.turn;
        if self.turn {
            // A task that wakes itself goes to the end of the queue.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.future).poll(cx)
    }
}
