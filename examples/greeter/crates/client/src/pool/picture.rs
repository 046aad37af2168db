//! What the keeper publishes: the connections that calls may take, and how the endpoints are.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Connection, Endpoint, State};

/// What there is at one moment; replaced as a whole.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    /// The connections that calls may take.
    pub(crate) ready: Vec<Arc<Connection>>,
    pub(crate) state: State,
    /// Why no server, or the last one that failed, can be reached.
    pub(crate) cause: Option<Arc<str>>,
    pub(crate) endpoints: Vec<EndpointPicture>,
}

/// One endpoint at one moment.
#[derive(Debug)]
pub(crate) struct EndpointPicture {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) connections: Vec<Arc<Connection>>,
    /// How many of the connections are unhealthy.
    pub(crate) unhealthy: usize,
    pub(crate) connecting: bool,
    pub(crate) left_out: bool,
    pub(crate) cause: Option<Arc<str>>,
}

impl Picture {
    /// The less busy one of two that chance picks; not of the endpoint `avoid` if there is another.
    pub(super) fn choose(&self, avoid: Option<u64>) -> Option<&Arc<Connection>> {
        if let Some(avoid) = avoid {
            let others: Vec<_> = self
                .ready
                .iter()
                .filter(|connection| connection.endpoint().id() != avoid)
                .collect();
            if !others.is_empty() {
                return less_busy(others.len(), |index| others[index]);
            }
        }
        less_busy(self.ready.len(), |index| &self.ready[index])
    }
}

fn less_busy<'a>(
    count: usize,
    connection: impl Fn(usize) -> &'a Arc<Connection>,
) -> Option<&'a Arc<Connection>> {
    let (one, other) = match count {
        0 => return None,
        1 => return Some(connection(0)),
        2 => (0, 1),
        _ => {
            let one = fastrand::usize(..count);
            // Any but the first one.
            (one, (one + fastrand::usize(1..count)) % count)
        }
    };
    let (one, other) = (connection(one), connection(other));
    Some(match one.in_flight().cmp(&other.in_flight()) {
        Ordering::Less => one,
        Ordering::Greater => other,
        // Otherwise a caller that makes one call at a time would know one server alone.
        Ordering::Equal if fastrand::bool() => one,
        Ordering::Equal => other,
    })
}
