//! Observers: each sees the start and the end of every call, refused ones included.
//!
//! In: the call, later its [`Outcome`]. Out: whatever the observer keeps. Observers run on the
//! reactor for every call, so they are cheap, never wait and never fail.

use crate::call::{Call, Outcome};

mod in_flight;
mod log;

pub use in_flight::InFlight;
pub use log::Log;

/// Something that sees calls begin and end.
pub trait Observer {
    /// The headers of the call have arrived; no guard has seen it yet.
    fn started(&self, call: &Call);

    /// The call has ended, in whichever way; happens once for each call that started.
    fn ended(&self, call: &Call, outcome: &Outcome);
}
