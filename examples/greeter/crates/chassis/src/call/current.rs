//! The call that this thread works on, so that the log can tell what an event belongs to.
//!
//! Set while a handler or its response is polled. Cheaper than a span per call, and there at any
//! level of the log. A task that a handler spawns is on its own.

use std::cell::RefCell;
use std::sync::Arc;

use super::Call;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Call>>> = const { RefCell::new(None) };
}

/// Gives the thread back to the call before, usually none.
#[derive(Debug)]
#[must_use]
pub(super) struct Entered(Option<Arc<Call>>);

/// Makes `call` the current one of this thread.
pub(super) fn enter(call: &Arc<Call>) -> Entered {
    Entered(CURRENT.replace(Some(Arc::clone(call))))
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// What `read` makes of the current call; none outside of calls.
pub(crate) fn current<T>(read: impl FnOnce(&Call) -> T) -> Option<T> {
    // An event of a destructor may come after the thread's values are gone.
    CURRENT
        .try_with(|call| call.borrow().as_deref().map(read))
        .ok()
        .flatten()
}
