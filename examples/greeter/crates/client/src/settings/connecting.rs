//! How connections are made and kept.

use std::time::Duration;

/// How connections are made and kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Connecting {
    /// Longest time for one attempt to connect. Default 5 s.
    pub timeout: Duration,
    /// Time until the second attempt, counted from the start of the first. Default 1 s.
    pub backoff: Duration,
    /// How much longer each further attempt waits. Default 1.6.
    pub backoff_factor: f64,
    /// How far a wait may be from its value, so that clients do not come all at once. Default 0.2.
    pub backoff_jitter: f64,
    /// Longest wait between attempts, before jitter. Default 120 s.
    pub backoff_max: Duration,
    /// How long [`connect`](crate::connect) tries before it gives up. Default 5 min.
    pub give_up: Duration,
    /// Silence after which an HTTP/2 ping is sent, also without calls. Default 10 s.
    pub keepalive: Duration,
    /// Longest wait for the answer to a ping before the connection is given up. Default 3 s.
    pub keepalive_timeout: Duration,
    /// Bytes of one response that may wait for its reader; then its server waits. At most 2 GiB.
    /// Default 1 MiB.
    pub stream_window: u32,
    /// The same for all responses of a connection. Default 1 GiB, so that those that nobody reads do not
    /// stop the others.
    ///
    /// Half of it also bounds what small messages cost that wait: each costs 256 bytes less its own, and
    /// more than that closes the connection. Those for streams that were cancelled count for good, so
    /// a connection is replaced after 256 of these.
    pub connection_window: u32,
}

impl Default for Connecting {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            backoff: Duration::from_secs(1),
            backoff_factor: 1.6,
            backoff_jitter: 0.2,
            backoff_max: Duration::from_secs(120),
            give_up: Duration::from_secs(300),
            keepalive: Duration::from_secs(10),
            keepalive_timeout: Duration::from_secs(3),
            stream_window: 1 << 20,
            connection_window: 1 << 30,
        }
    }
}
