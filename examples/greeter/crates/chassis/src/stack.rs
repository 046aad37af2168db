//! The composition: which guards and which observers, in which order, and why.
//!
//! A guard or observer of your own is one file beside its siblings, one field and one line in
//! each list here.

use http::request;

use crate::call::{Call, Outcome};
use crate::guard::{Guard, Known, Refusal};
use crate::observe::{InFlight, Log, Observer};

/// Every guard and every observer of the server.
#[derive(Debug)]
pub struct Stack {
    known: Known,
    in_flight: InFlight,
    log: Log,
}

impl Stack {
    /// The stack that counts its calls in `in_flight`.
    pub fn new(in_flight: InFlight) -> Self {
        Self {
            known: Known,
            in_flight,
            log: Log,
        }
    }

    /// Asks the guards, outermost first; the first refusal counts.
    pub(crate) fn check(&self, call: &mut Call, head: &request::Parts) -> Result<(), Refusal> {
        // First: the others may rely on a method that exists.
        self.known.check(call, head)?;
        Ok(())
    }

    /// Tells the observers that a call has started.
    pub(crate) fn started(&self, call: &Call) {
        // First: a call that is logged is counted.
        self.in_flight.started(call);
        self.log.started(call);
    }

    /// Tells the observers that a call has ended, in the opposite order.
    pub(crate) fn ended(&self, call: &Call, outcome: &Outcome) {
        self.log.ended(call, outcome);
        // Last: when the count is zero at shutdown, every call has been logged.
        self.in_flight.ended(call, outcome);
    }
}
