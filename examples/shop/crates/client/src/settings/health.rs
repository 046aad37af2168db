//! Which servers are called: those that are healthy and do not fail again and again.

use std::time::Duration;

/// How servers are asked for their health, by `grpc.health.v1.Health/Check` on each connection.
///
/// A connection whose server does not serve, or does not answer, gets no calls until it does. A server
/// without that service counts as healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Time between two checks; none: no checks. Default 10 s.
    pub every: Option<Duration>,
    /// Longest wait for the answer. Default 5 s.
    pub timeout: Duration,
    /// The service that is asked for; empty: the server as a whole. Default empty.
    pub service: String,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            every: Some(Duration::from_secs(10)),
            timeout: Duration::from_secs(5),
            service: String::new(),
        }
    }
}

/// Which addresses are left out for a while although they can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outliers {
    /// Calls in a row that ended with `UNAVAILABLE`, or by a broken or silent connection; 0: no
    /// address is left out. Default 5.
    pub failures: u32,
    /// How long an address is left out the first time; the second time it is twice as long, and so
    /// on. Default 5 s.
    pub time: Duration,
    /// Longest time that an address is left out. Default 60 s.
    pub time_max: Duration,
    /// Most addresses that are left out at once, in percent. Default 50.
    pub percent: usize,
}

impl Default for Outliers {
    fn default() -> Self {
        Self {
            failures: 5,
            time: Duration::from_secs(5),
            time_max: Duration::from_secs(60),
            percent: 50,
        }
    }
}
