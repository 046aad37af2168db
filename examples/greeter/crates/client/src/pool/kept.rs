//! One endpoint, as the keeper knows it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::picture::EndpointPicture;
use super::{Connection, Endpoint, later};
use crate::backoff::Backoff;
use crate::settings::{Connecting, Outliers, Pooling};

/// One endpoint with its connections.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) held: Vec<Held>,
    /// When the attempt to connect began that has not ended.
    pub(super) attempt: Option<Instant>,
    backoff: Backoff,
    /// No attempt before; none: at once.
    pub(super) retry_at: Option<Instant>,
    /// Left out until.
    pub(super) left_out: Option<Instant>,
    /// How often it was left out in a row, and since when it is not any more.
    times: u32,
    back_since: Option<Instant>,
    pub(super) cause: Option<Arc<str>>,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) connection: Arc<Connection>,
    pub(super) healthy: bool,
    /// To be replaced.
    pub(super) worn: bool,
    /// Its calls when it was looked at last, and since when they have not changed.
    calls: u64,
    quiet_since: Instant,
    /// Asks for its health.
    checking: Option<AbortHandle>,
}

impl Held {
    pub(super) fn new(connection: Arc<Connection>, checking: Option<AbortHandle>) -> Self {
        Self {
            calls: connection.calls(),
            connection,
            healthy: true,
            worn: false,
            quiet_since: Instant::now(),
            checking,
        }
    }

    /// Since when it has had no calls; none if it has one.
    pub(super) fn quiet_since(&mut self, now: Instant) -> Option<Instant> {
        let calls = self.connection.calls();
        if calls != self.calls || self.connection.in_flight() != 0 {
            self.calls = calls;
            self.quiet_since = now;
            return None;
        }
        Some(self.quiet_since)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(checking) = &self.checking {
            checking.abort();
        }
        let endpoint = self.connection.endpoint();
        endpoint.count_past(self.connection.calls());
    }
}

impl Kept {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            held: Vec::new(),
            attempt: None,
            backoff: Backoff::default(),
            retry_at: None,
            left_out: None,
            times: 0,
            back_since: None,
            cause: None,
        }
    }

    /// Whether a connection is to be opened now.
    pub(super) fn wants(&self, pooling: &Pooling, now: Instant) -> bool {
        let least = pooling.min_connections.max(1);
        let most = pooling.max_connections.max(least);
        let open = self.held.iter().filter(|held| !held.worn).count();
        let wanted = open < least || (self.endpoint.is_busy() && open < most);
        wanted && self.attempt.is_none() && self.retry_at.is_none_or(|at| at <= now)
    }

    /// The connection with this id, if it is there still.
    pub(super) fn held(&mut self, connection: u64) -> Option<&mut Held> {
        let mut held = self.held.iter_mut();
        held.find(|held| held.connection.id() == connection)
    }

    /// The connections that calls may take: those that are to be replaced only if there are no others.
    pub(super) fn good(&self) -> impl Iterator<Item = &Arc<Connection>> {
        let good = |held: &&Held| held.healthy && !held.connection.is_closed();
        let fresh = self.held.iter().filter(good).any(|held| !held.worn);
        let good = self.held.iter().filter(good);
        let good = good.filter(move |held| !(fresh && held.worn));
        good.map(|held| &held.connection)
    }

    /// Connected, or the connection proved good.
    pub(super) fn succeeded(&mut self) {
        self.backoff.reset();
        self.retry_at = None;
        self.cause = None;
    }

    /// The attempt that began at `began` has failed.
    pub(super) fn failed(&mut self, began: Instant, settings: &Connecting, error: &str) {
        self.retry_at = Some(later(began, self.backoff.next(settings)));
        self.blame(error);
        self.endpoint.calm();
    }

    /// Tells why it cannot be called.
    pub(super) fn blame(&mut self, error: &str) {
        let address = self.endpoint.address();
        self.cause = Some(format!("`{address}`: {error}").into());
    }

    /// Whether no attempt has failed since one succeeded.
    pub(super) fn hopeful(&self) -> bool {
        self.backoff.failures() == 0
    }

    /// Leaves the endpoint out for a while; returns for how long.
    pub(super) fn leave_out(&mut self, now: Instant, settings: &Outliers) -> Duration {
        // Whoever has behaved for the longest time begins anew.
        if self
            .back_since
            .is_some_and(|since| later(since, settings.time_max) < now)
        {
            self.times = 0;
        }
        self.times = self.times.saturating_add(1);
        let time = settings.time.saturating_mul(self.times);
        let time = time.min(settings.time_max);
        self.left_out = Some(later(now, time));
        time
    }

    /// Takes the endpoint back if its time is over.
    pub(super) fn take_back(&mut self, now: Instant) {
        if self.left_out.is_some_and(|until| until <= now) {
            self.left_out = None;
            self.back_since = Some(now);
            self.endpoint.forgive();
        }
    }

    pub(super) fn picture(&self) -> EndpointPicture {
        EndpointPicture {
            endpoint: Arc::clone(&self.endpoint),
            connections: self
                .held
                .iter()
                .map(|held| Arc::clone(&held.connection))
                .collect(),
            unhealthy: self.held.iter().filter(|held| !held.healthy).count(),
            connecting: self.attempt.is_some(),
            left_out: self.left_out.is_some(),
            cause: self.cause.clone(),
        }
    }
}
