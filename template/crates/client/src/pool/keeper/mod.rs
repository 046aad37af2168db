//! The one task that opens and closes the connections of a target.
//!
//! In: [`Event`]s of calls, connections and timers. Out: a new [`Picture`] after each of them. Whatever
//! happened, [`Keeper::tend`] does what is due now and is not done yet; so no event can be missed, and
//! nothing is begun twice.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};

use super::events::{Event, Events};
use super::kept::{Held, Kept};
use super::{Board, Endpoint, Picture, State, later};
use crate::connect::Connector;
use crate::resolve::Resolve;
use crate::settings::Settings;
use crate::target::Target;

mod connecting;
mod resolving;

pub(super) struct Keeper {
    settings: Settings,
    target: Arc<Target>,
    connector: Arc<Connector>,
    resolver: Arc<dyn Resolve>,
    board: Arc<Board>,
    /// For the tasks that tell of what they did.
    events: Events,
    kept: Vec<Kept>,
    next_id: u64,
    /// Whether anybody calls.
    wanted: bool,
    resolving: bool,
    resolved_at: Option<Instant>,
    resolve_at: Instant,
    /// Why the target could not be resolved.
    unresolved: Option<Arc<str>>,
    /// When connections are looked at that nobody uses.
    quiet_at: Instant,
    /// When [`Self::tend`] has looked last.
    tended: Instant,
}

impl Keeper {
    pub(super) fn new(
        settings: &Settings,
        target: Target,
        connector: Connector,
        resolver: Arc<dyn Resolve>,
        board: Arc<Board>,
        events: Events,
    ) -> Self {
        let now = Instant::now();
        Self {
            settings: settings.clone(),
            target: Arc::new(target),
            connector: Arc::new(connector),
            resolver,
            board,
            events,
            kept: Vec::new(),
            next_id: 0,
            wanted: false,
            resolving: false,
            resolved_at: None,
            resolve_at: now,
            unresolved: None,
            quiet_at: now,
            tended: now,
        }
    }

    /// Works until the pool is gone.
    pub(super) async fn run(mut self, mut inbox: UnboundedReceiver<Event>) {
        loop {
            let due = self.due();
            tokio::select! {
                event = inbox.recv() => match event {
                    Some(event) => self.hear(event),
                    None => return,
                },
                () = sleep_until(due), if self.wanted => {}
            }
            self.tend(Instant::now());
            self.publish();
        }
    }

    /// When something is to be done next.
    fn due(&self) -> Instant {
        let kept = self.kept.iter();
        let times = kept.flat_map(|kept| {
            [
                kept.retry_at.filter(|_| kept.attempt.is_none()),
                kept.left_out,
            ]
        });
        let resolve = (!self.resolving).then_some(self.resolve_at);
        let due = times.chain([resolve, Some(self.quiet_at)]).flatten();
        // What was due then and had no effect must not keep the task busy.
        let due = due.filter(|due| *due > self.tended).min();
        due.unwrap_or(self.quiet_at)
    }

    fn hear(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Wake => self.wake(now),
            // Whoever is busy says so itself.
            Event::Busy => {}
            Event::Outlier { endpoint } => self.leave_out(endpoint, now),
            Event::Worn {
                endpoint,
                connection,
            } => {
                if let Some(held) = self.find(endpoint).and_then(|kept| kept.held(connection)) {
                    held.worn = true;
                }
            }
            Event::Resolved(found) => self.resolved(found, now),
            Event::Opened { endpoint, opened } => self.opened(endpoint, opened, now),
            Event::Closed {
                endpoint,
                connection,
                error,
            } => self.closed(endpoint, connection, error, now),
            Event::Health {
                endpoint,
                connection,
                healthy,
            } => self.health(endpoint, connection, healthy),
        }
    }

    fn find(&mut self, endpoint: u64) -> Option<&mut Kept> {
        self.kept
            .iter_mut()
            .find(|kept| kept.endpoint.id() == endpoint)
    }

    fn wake(&mut self, now: Instant) {
        if !self.wanted {
            self.wanted = true;
            self.resolve_at = now;
            self.quiet_at = later(now, self.settings.pooling.idle);
        }
    }

    fn leave_out(&mut self, endpoint: u64, now: Instant) {
        let settings = self.settings.outliers.clone();
        let out = self.kept.iter().filter(|kept| kept.left_out.is_some());
        let may = (out.count() + 1) * 100 <= self.kept.len() * settings.percent;
        let Some(kept) = self.find(endpoint) else {
            return;
        };
        match may && kept.left_out.is_none() {
            true => {
                let time = kept.leave_out(now, &settings);
                warn!(address = %kept.endpoint.address(), ?time, "left out: calls fail in a row");
            }
            // The next one may find others back.
            false => kept.endpoint.forgive(),
        }
    }

    /// Does what is due.
    fn tend(&mut self, now: Instant) {
        self.tended = now;
        if !self.wanted {
            return;
        }
        if self.quiet_at <= now {
            self.close_quiet(now);
        }
        if !self.resolving && self.resolve_at <= now && self.wanted {
            self.resolving = true;
            self.begin_resolving();
        }
        for index in 0..self.kept.len() {
            let kept = &mut self.kept[index];
            kept.take_back(now);
            if self.wanted && kept.wants(&self.settings.pooling, now) {
                kept.attempt = Some(now);
                let endpoint = Arc::clone(&kept.endpoint);
                self.begin_connecting(&endpoint);
            }
        }
    }

    /// Closes connections that nobody has used for long; the last ones make the target idle.
    fn close_quiet(&mut self, now: Instant) {
        let pooling = &self.settings.pooling;
        let ended =
            |since: Option<Instant>| since.is_some_and(|since| later(since, pooling.idle) <= now);
        let mut all_quiet = true;
        for kept in &mut self.kept {
            let least = pooling.min_connections.max(1);
            let mut index = 0;
            while index < kept.held.len() {
                let quiet = ended(kept.held[index].quiet_since(now));
                all_quiet &= quiet;
                match quiet && kept.held.len() > least {
                    true => {
                        // It was busy once: what it no longer needs is not to be opened again.
                        kept.endpoint.calm();
                        drop(kept.held.remove(index));
                    }
                    false => index += 1,
                }
            }
        }
        self.quiet_at = later(now, (pooling.idle / 4).max(Duration::from_millis(1)));
        // Waiting calls have no connection.
        if all_quiet && self.board.waiting.load(Relaxed) == 0 {
            debug!(target = %self.settings.target, "idle");
            self.wanted = false;
            self.kept.clear();
        }
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn publish(&self) {
        let mut ready = Vec::new();
        for kept in self.kept.iter().filter(|kept| kept.left_out.is_none()) {
            ready.extend(kept.good().map(Arc::clone));
        }
        let state = self.state(ready.is_empty());
        let causes = self.kept.iter().rev().filter_map(|kept| kept.cause.clone());
        let picture = Picture {
            ready,
            state,
            cause: causes.chain(self.unresolved.clone()).next(),
            endpoints: self.kept.iter().map(Kept::picture).collect(),
        };
        let before = self.board.picture.swap(Arc::new(picture)).state;
        if before != state {
            debug!(target = %self.settings.target, %before, %state, "state");
        }
        self.board.state.send_replace(state);
    }

    fn state(&self, none_ready: bool) -> State {
        if !self.wanted {
            return State::Idle;
        }
        if !none_ready {
            return State::Ready;
        }
        // One that has connections and is not ready has them, but they are of no use now.
        let hopeful = |kept: &Kept| kept.hopeful() && kept.held.is_empty();
        let unresolved = self.kept.is_empty() && self.unresolved.is_none();
        match unresolved || self.kept.iter().any(hopeful) {
            true => State::Connecting,
            false => State::TransientFailure,
        }
    }
}
