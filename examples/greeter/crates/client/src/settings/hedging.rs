//! Which calls are made a second time before the first one has failed.

use std::time::Duration;

/// Which calls are made a second time before the first one has failed, since another server may be quicker.
///
/// Only those of methods that the proto declares `NO_SIDE_EFFECTS` or `IDEMPOTENT` and that take one
/// message. The first good answer counts, and for a stream its beginning; the other attempts are
/// cancelled. They are paid from the budget of retries, and a server's pushback puts them off or ends
/// them, as gRPC's design A6 says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hedging {
    /// Time without an answer after which a further attempt is made; none: no hedging. After one of
    /// the codes of retries it is made at once. Default none.
    pub after: Option<Duration>,
    /// Most attempts of one call, the first included; the number of retries does not count then.
    /// Default 2.
    pub attempts: u32,
}

impl Default for Hedging {
    fn default() -> Self {
        Self {
            after: None,
            attempts: 2,
        }
    }
}
