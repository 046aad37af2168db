//! Panics of handlers: each ends its call, and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tonic::Status;

use super::{Call, enter};

/// Does a piece of work; if it is that of the handler of `call`, the thread belongs to the call
/// meanwhile. A panic is the status of the call.
pub(super) fn contained<T>(
    call: Option<&Arc<Call>>,
    work: impl FnOnce() -> T,
) -> Result<T, Status> {
    let entered = call.map(enter);
    let done = catch_unwind(AssertUnwindSafe(work));
    drop(entered);
    done.map_err(|_| panicked())
}

/// What the caller sees when a handler panics; the panic itself is in the log.
pub(crate) fn panicked() -> Status {
    Status::internal("internal error")
}
