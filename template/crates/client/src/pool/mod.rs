//! The connections to the servers of one target.
//!
//! In: a call that wants a connection. Out: a [`Lease`] on the one that is least busy of two. All that
//! changes, changes in one task, the [`keeper`]; calls read what it published by one atomic load, so
//! that no race can open a connection twice.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tonic::Status;

use crate::connect::Connector;
use crate::resolve::Resolve;
use crate::settings::Settings;
use crate::target::Target;

mod connection;
mod endpoint;
mod events;
mod keeper;
mod kept;
mod picture;
mod state;

pub(crate) use connection::{Connection, Lease};
pub(crate) use endpoint::Endpoint;
use events::{Event, Events};
use keeper::Keeper;
pub(crate) use picture::Picture;
pub use state::State;

/// The connections to one target; they end when the pool and all leases are gone.
#[derive(Debug)]
pub(crate) struct Pool {
    board: Arc<Board>,
    events: mpsc::UnboundedSender<Event>,
    /// Calls in flight on a connection that make another one worth its while.
    streams: usize,
    wait_for_ready: bool,
}

/// What the keeper publishes.
#[derive(Debug)]
struct Board {
    picture: ArcSwap<Picture>,
    /// Changes after the picture has; sent also if the state stays the same.
    state: watch::Sender<State>,
    /// Calls that wait for a connection.
    waiting: AtomicUsize,
}

/// So much later; a time too far away to be told is a year from then, when it is looked at again.
pub(crate) fn later(time: Instant, by: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    time + by.min(YEAR)
}

/// A call that waits for a connection.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Pool {
    /// A pool that connects when the first call comes. Needs a running tokio.
    pub(crate) fn new(
        settings: &Settings,
        target: Target,
        connector: Connector,
        resolver: Arc<dyn Resolve>,
    ) -> Self {
        let board = Arc::new(Board {
            picture: ArcSwap::default(),
            state: watch::Sender::new(State::Idle),
            waiting: AtomicUsize::new(0),
        });
        let (events, inbox) = mpsc::unbounded_channel();
        let keeper = Keeper::new(
            settings,
            target,
            connector,
            resolver,
            Arc::clone(&board),
            Events::new(events.downgrade()),
        );
        tokio::spawn(keeper.run(inbox));
        Self {
            board,
            events,
            streams: settings.pooling.streams,
            wait_for_ready: settings.wait_for_ready,
        }
    }

    /// A connection for one call, not to the endpoint `avoid` if there is another.
    ///
    /// Waits while the first attempts to connect are made. Fails with `UNAVAILABLE` when no server can
    /// be reached, unless calls are to wait for one.
    pub(crate) async fn pick(&self, avoid: Option<u64>) -> Result<Lease, Status> {
        if let Some(lease) = self.pick_now(avoid) {
            return Ok(lease);
        }
        let _waiting = Waiting::new(&self.board.waiting);
        let mut state = self.board.state.subscribe();
        loop {
            // What is published after this wakes the wait below.
            let now = *state.borrow_and_update();
            if let Some(lease) = self.pick_now(avoid) {
                return Ok(lease);
            }
            match now {
                State::Idle => self.wake(),
                State::TransientFailure if !self.wait_for_ready => {
                    return Err(self.unavailable());
                }
                _ => {}
            }
            if state.changed().await.is_err() {
                return Err(self.unavailable());
            }
        }
    }

    fn pick_now(&self, avoid: Option<u64>) -> Option<Lease> {
        let picture = self.board.picture.load();
        let connection = picture.choose(avoid)?;
        let lease = Lease::new(connection);
        if lease.in_flight() >= self.streams {
            lease.endpoint().tell_busy();
        }
        Some(lease)
    }

    /// Begins to connect, if that was not begun.
    pub(crate) fn wake(&self) {
        self.tell(Event::Wake);
    }

    /// What there is now.
    pub(crate) fn picture(&self) -> Arc<Picture> {
        self.board.picture.load_full()
    }

    /// The state, now and later.
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.board.state.subscribe()
    }

    fn unavailable(&self) -> Status {
        let picture = self.board.picture.load();
        Status::unavailable(match &picture.cause {
            Some(cause) => format!("no server can be reached: {cause}"),
            None => "no server can be reached".to_owned(),
        })
    }

    fn tell(&self, event: Event) {
        // The keeper lives as long as the pool.
        let _ = self.events.send(event);
    }
}
