//! The connections that are open, and how others came to nothing.
//!
//! In: what the transport sees. Out: counts and a report, for whoever shows them. Touched when a
//! connection begins and ends, never by a call. Holds the open connections alone, and of those there
//! are at most `server.max_connections`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use serde::Serialize;

use super::failure::{End, Failure};
use crate::call::Calls;
use crate::runtime::time::rfc3339;

/// The connections of one server; clones share the same.
#[derive(Debug, Default, Clone)]
pub struct Connections(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    /// By the order in which they were taken.
    open: Mutex<BTreeMap<u64, Connection>>,
    accepted: AtomicU64,
    failures: [AtomicU64; Failure::ALL.len()],
    ends: [AtomicU64; End::ALL.len()],
}

#[derive(Debug)]
struct Connection {
    peer: SocketAddr,
    time: SystemTime,
    start: Instant,
    calls: Arc<Calls>,
}

/// One connection that is open.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionReport {
    /// The other end.
    pub peer: SocketAddr,
    /// When it was taken, as RFC 3339.
    pub since: String,
    /// How long ago that was.
    pub age_seconds: u64,
    /// Its calls that have not ended.
    pub calls: u64,
    /// Its calls so far.
    pub calls_total: u64,
}

impl Connections {
    /// How many are open.
    pub fn active(&self) -> usize {
        self.open_now().len()
    }

    /// How many have been taken since the start, those that are open included.
    pub fn accepted(&self) -> u64 {
        self.0.accepted.load(Relaxed)
    }

    /// How many were refused or failed since the start, by cause; causes without any are there too.
    pub fn errors(&self) -> Vec<(&'static str, u64)> {
        let counts = self.0.failures.iter().map(|count| count.load(Relaxed));
        let names = Failure::ALL.iter().map(|failure| failure.name());
        names.zip(counts).collect()
    }

    /// How many have ended that were taken, by cause; causes without any are there too.
    pub fn closed(&self) -> Vec<(&'static str, u64)> {
        let counts = self.0.ends.iter().map(|count| count.load(Relaxed));
        End::ALL.iter().map(|end| end.name()).zip(counts).collect()
    }

    /// Each open one, the oldest first.
    pub fn report(&self) -> Vec<ConnectionReport> {
        let report = |connection: &Connection| ConnectionReport {
            peer: connection.peer,
            since: rfc3339(connection.time),
            age_seconds: connection.start.elapsed().as_secs(),
            calls: connection.calls.in_flight(),
            calls_total: connection.calls.total(),
        };
        self.open_now().values().map(report).collect()
    }

    /// Counts a connection in until the result is dropped.
    pub(super) fn open(&self, peer: SocketAddr) -> Open {
        let number = self.0.accepted.fetch_add(1, Relaxed);
        let calls = Arc::new(Calls::default());
        let connection = Connection {
            peer,
            time: SystemTime::now(),
            start: Instant::now(),
            calls: Arc::clone(&calls),
        };
        self.open_now().insert(number, connection);
        Open {
            connections: self.clone(),
            number,
            calls,
            end: End::Client,
        }
    }

    /// Counts a connection that was refused or failed.
    pub(super) fn fail(&self, failure: Failure) {
        self.0.failures[failure as usize].fetch_add(1, Relaxed);
    }

    fn open_now(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === Open ===

/// A connection that is open as long as this lives.
#[derive(Debug)]
pub(super) struct Open {
    connections: Connections,
    number: u64,
    calls: Arc<Calls>,
    end: End,
}

impl Open {
    /// Where its calls are counted.
    pub(super) fn calls(&self) -> Arc<Calls> {
        Arc::clone(&self.calls)
    }

    /// Tells who is behind the proxy that opened it.
    pub(super) fn comes_from(&self, peer: SocketAddr) {
        if let Some(connection) = self.connections.open_now().get_mut(&self.number) {
            connection.peer = peer;
        }
    }

    /// How it ends, unless it fails.
    pub(super) fn ends(&mut self, end: End) {
        self.end = end;
    }

    /// Counts its failure.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.end = End::Failed;
        self.connections.fail(failure);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.open_now().remove(&self.number);
        self.connections.0.ends[self.end as usize].fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn only_open_connections_are_kept() {
        let connections = Connections::default();
        for port in 0..100_000_u32 {
            let peer = SocketAddr::new(Ipv4Addr::from(port).into(), 1);
            drop(connections.open(peer));
        }
        assert_eq!((connections.active(), connections.accepted()), (0, 100_000));
        let first = connections.open(([127, 0, 0, 1], 1).into());
        let _second = connections.open(([127, 0, 0, 1], 2).into());
        let ports: Vec<_> = connections
            .report()
            .iter()
            .map(|open| open.peer.port())
            .collect();
        assert_eq!(ports, [1, 2]);
        drop(first);
        assert_eq!(connections.active(), 1);
    }

    #[test]
    fn each_cause_has_a_count_of_its_own() {
        let connections = Connections::default();
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        for (times, failure) in Failure::ALL.iter().enumerate() {
            (0..times).for_each(|_| connections.fail(*failure));
        }
        for (times, end) in End::ALL.iter().enumerate() {
            (0..times).for_each(|_| connections.open(peer).ends(*end));
        }
        let named = |name: &'static str, count| (name, count);
        let failures = Failure::ALL.iter().map(|failure| failure.name());
        let ends = End::ALL.iter().map(|end| end.name());
        assert!(connections.errors().into_iter().eq(failures.zip(0..)));
        assert!(connections.closed().into_iter().eq(ends.zip(0..)));
        assert_eq!(connections.errors()[0], named("accept", 0));
        connections.open(peer).fail(Failure::Io);
        let failed = End::ALL.len() as u64;
        assert_eq!(connections.closed().pop(), Some(("failed", failed)));
    }
}
