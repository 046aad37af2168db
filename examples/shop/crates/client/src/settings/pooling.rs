//! How many connections there are.

use std::time::Duration;

/// How many connections there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooling {
    /// Connections to each address, kept while the target is in use. Default 1.
    pub min_connections: usize,
    /// Most connections to one address. Default 4.
    pub max_connections: usize,
    /// Calls in flight on a connection at which another one is made. Default 100, which is the
    /// number of streams that most servers allow on one.
    pub streams: usize,
    /// Time without calls after which connections are closed; the next call opens them again.
    /// Default 5 min.
    pub idle: Duration,
    /// Most addresses of a target; further ones are left out. Default 64.
    pub max_addresses: usize,
    /// How often names are resolved again. Default 30 s.
    pub resolve_every: Duration,
    /// Shortest time between two resolutions that failed connections ask for. Default 1 s.
    pub resolve_at_most: Duration,
}

impl Default for Pooling {
    fn default() -> Self {
        Self {
            min_connections: 1,
            max_connections: 4,
            streams: 100,
            idle: Duration::from_secs(300),
            max_addresses: 64,
            resolve_every: Duration::from_secs(30),
            resolve_at_most: Duration::from_secs(1),
        }
    }
}
