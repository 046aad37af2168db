//! Which calls are made again.

use std::time::Duration;

use tonic::Code;

/// Which calls are made again, and how often.
///
/// A call is made again if its proto declares the method `NO_SIDE_EFFECTS` or `IDEMPOTENT` and it
/// failed with one of `codes`; any call is if its request provably never left or the server refused
/// it unprocessed. A stream is made again only before its first message left.
#[derive(Debug, Clone, PartialEq)]
pub struct Retries {
    /// Most attempts of one call, the first included; 1: no retries. Default 4.
    pub attempts: u32,
    /// Codes after which a declared method is called again. Default `UNAVAILABLE`.
    pub codes: Vec<Code>,
    /// Retries as a share of calls, over time. Default 0.1.
    pub budget: f64,
    /// Retries that are always allowed before the share counts; also how many the share may save
    /// up. Default 20.
    pub burst: u32,
    /// Longest wait before the first retry; the wait is random below it. Default 25 ms.
    pub backoff: Duration,
    /// Longest wait before any retry; each doubles the one before. Default 1 s.
    pub backoff_max: Duration,
    /// Longest time for one attempt; none: as long as the call. Default none.
    pub attempt_timeout: Option<Duration>,
    /// Largest request that is kept for a retry, in bytes. Default 1 MiB.
    pub max_request: usize,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 4,
            codes: vec![Code::Unavailable],
            budget: 0.1,
            burst: 20,
            backoff: Duration::from_millis(25),
            backoff_max: Duration::from_secs(1),
            attempt_timeout: None,
            max_request: 1 << 20,
        }
    }
}
