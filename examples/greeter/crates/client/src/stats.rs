//! What connections there are, and what became of calls.

use crate::call::Calls;
use crate::pool::State;

/// A channel at one moment. Counts begin with the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Whether servers can be reached.
    pub state: State,
    /// Attempts after one of their call has failed.
    pub retries: u64,
    /// Attempts beside one of their call that had not ended.
    pub hedges: u64,
    /// Attempts that the budget did not allow.
    pub retries_refused: u64,
    /// Why the last connection failed, or why there is no address; none if all is well.
    pub last_error: Option<String>,
    /// Each address, in the order of the target.
    pub endpoints: Vec<EndpointStats>,
}

/// An address at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointStats {
    /// The address, such as `127.0.0.1:50051` or `unix:/run/server.sock`.
    pub address: String,
    /// Connections that take calls, unless the address is left out.
    pub ready: usize,
    /// Connections whose server says that it does not serve, or does not say anything.
    pub unhealthy: usize,
    /// Whether a connection is being made.
    pub connecting: bool,
    /// Whether the address is left out, since calls to it failed in a row.
    pub left_out: bool,
    /// Calls that have not ended.
    pub in_flight: usize,
    /// Attempts that were sent to the address.
    pub calls: u64,
    /// Attempts that the address answered with `UNAVAILABLE`, or did not answer in time.
    pub failures: u64,
    /// Why its last connection failed; none if all is well.
    pub last_error: Option<String>,
}

impl Stats {
    pub(crate) fn of(calls: &Calls) -> Self {
        let picture = calls.pool.picture();
        let endpoints = picture.endpoints.iter().map(|shown| {
            let connections = &shown.connections;
            let sent: u64 = connections
                .iter()
                .map(|connection| connection.calls())
                .sum();
            EndpointStats {
                address: shown.endpoint.address().to_string(),
                ready: connections.len() - shown.unhealthy,
                unhealthy: shown.unhealthy,
                connecting: shown.connecting,
                left_out: shown.left_out,
                in_flight: connections
                    .iter()
                    .map(|connection| connection.in_flight())
                    .sum(),
                calls: shown.endpoint.past_calls() + sent,
                failures: shown.endpoint.failures(),
                last_error: shown.cause.as_deref().map(str::to_owned),
            }
        });
        Self {
            state: picture.state,
            retries: calls.retry.made(),
            hedges: calls.retry.hedged(),
            retries_refused: calls.retry.refused(),
            last_error: picture.cause.as_deref().map(str::to_owned),
            endpoints: endpoints.collect(),
        }
    }
}
