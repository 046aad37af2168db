//! The seam between the handlers and the runtime below them.
//!
//! Handlers look exactly as in tonic's documentation, but name this module and never `tonic`:
//! should the runtime change one day, this module changes and the handlers stay.

use std::pin::Pin;
use std::sync::Arc;

mod workers;

pub use tokio_stream::Stream;
pub use tonic::{Code, Request, Response, Status, Streaming, async_trait, metadata};
pub use workers::Workers;

use crate::call::{self, Call};

/// A stream of responses, for methods whose server side streams.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

/// What the chassis adds to a request.
pub trait RequestExt {
    /// The call that this request belongs to: its id, its peer, its method, its deadline.
    ///
    /// A stream that outlives the request keeps a clone of the `Arc`. In a unit test, where no server
    /// made the request, a call without a peer.
    fn call(&self) -> &Arc<Call>;

    /// The status for a method that is not written yet: `UNIMPLEMENTED`, with the method's name.
    fn unimplemented(&self) -> Status;
}

impl<T> RequestExt for Request<T> {
    fn call(&self) -> &Arc<Call> {
        call::of(self.extensions())
    }

    fn unimplemented(&self) -> Status {
        Status::unimplemented(format!(
            "{} is not implemented",
            self.call().method().full_name()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_server_has_a_call() {
        let request = Request::new(());
        assert_eq!(request.call().id().as_str(), "detached");
        assert_eq!(request.unimplemented().code(), Code::Unimplemented);
    }
}
