//! One address of a target, as calls know it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use super::events::{Event, Events};
use crate::resolve::Address;

/// One address of a target, and what became of its calls.
#[derive(Debug)]
pub(crate) struct Endpoint {
    id: u64,
    address: Address,
    /// Calls in a row that failed.
    in_a_row: AtomicU32,
    /// Calls that were sent on connections that are gone.
    past_calls: AtomicU64,
    failures: AtomicU64,
    /// How many of them the keeper is told of.
    many: u32,
    /// The keeper was told that its calls need one more connection, and has not opened one since.
    busy: AtomicBool,
    keeper: Events,
}

impl Endpoint {
    pub(super) fn new(id: u64, address: Address, many: u32, keeper: Events) -> Self {
        Self {
            many,
            busy: AtomicBool::new(false),
            keeper,
            id,
            address,
            in_a_row: AtomicU32::new(0),
            past_calls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// A call was answered with anything else.
    pub(crate) fn count_answer(&self) {
        // Most calls find it so: reading is cheaper than writing.
        if self.in_a_row.load(Relaxed) != 0 {
            self.in_a_row.store(0, Relaxed);
        }
    }

    /// A call was answered with `UNAVAILABLE`, or not at all.
    pub(crate) fn count_failure(&self) {
        self.failures.fetch_add(1, Relaxed);
        let in_a_row = self.in_a_row.fetch_add(1, Relaxed).saturating_add(1);
        if in_a_row == self.many {
            let endpoint = self.id;
            self.keeper.tell(Event::Outlier { endpoint });
        }
    }

    /// Its connections have many calls in flight. The keeper is told once: it may be unable to open more.
    pub(super) fn tell_busy(&self) {
        if !self.is_busy() && !self.busy.swap(true, Relaxed) {
            self.keeper.tell(Event::Busy);
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Relaxed)
    }

    /// The next call that finds its connections busy tells so again.
    pub(super) fn calm(&self) {
        self.busy.store(false, Relaxed);
    }

    /// The connection is to be replaced.
    pub(super) fn tell_worn(&self, connection: u64) {
        let endpoint = self.id;
        self.keeper.tell(Event::Worn {
            endpoint,
            connection,
        });
    }

    /// Begins to count anew.
    pub(super) fn forgive(&self) {
        self.in_a_row.store(0, Relaxed);
    }

    pub(super) fn count_past(&self, calls: u64) {
        self.past_calls.fetch_add(calls, Relaxed);
    }

    pub(crate) fn past_calls(&self) -> u64 {
        self.past_calls.load(Relaxed)
    }

    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }
}
