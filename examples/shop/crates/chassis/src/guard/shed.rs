//! Bounds the work: what exceeds it is refused at once, so that what is taken is done in time.
//!
//! Unary calls run in a fixed number of slots; so many more wait in a queue, for so long. Streams,
//! which mostly wait for their other end, have a bound of their own. While memory is short, all new
//! calls are refused, and those that are in the middle of a large message. Probes always pass: a busy
//! server is not a dead one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::request;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Code;

use super::{Guard, Refusal};
use crate::call::{Call, Kind};
use crate::config::LoadShedding;

/// After this a refused client may try again: by then the queue has moved.
const RETRY: Duration = Duration::from_secs(1);

/// Lets as many calls pass as the settings say.
#[derive(Debug)]
pub struct Shed {
    places: ArcSwap<Places>,
    pressure: Pressure,
}

/// Where calls have their places, as some settings want it.
#[derive(Debug)]
struct Places {
    settings: LoadShedding,
    slots: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

/// Whether memory is short; clones share the answer.
#[derive(Debug, Default, Clone)]
pub struct Pressure(Arc<AtomicBool>);

/// A call's place among those that are worked on; given back when it is dropped.
#[derive(Debug, Default)]
pub enum Slot {
    /// It needs none.
    #[default]
    Free,
    /// It has one.
    Taken(OwnedSemaphorePermit),
    /// It waits for one, in the queue.
    Queued {
        /// Its place in the queue.
        place: OwnedSemaphorePermit,
        /// Where it waits.
        slots: Arc<Semaphore>,
        /// Longest wait.
        timeout: Duration,
    },
}

/// The end of a wait in the queue.
pub(crate) type Turn = Pin<Box<dyn Future<Output = Result<Slot, Refusal>> + Send>>;

impl Pressure {
    /// True while new calls are refused.
    pub fn is_high(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Refuses new calls, or takes them again.
    pub fn set(&self, high: bool) {
        self.turn(high);
    }

    /// The same; true if that is a change.
    pub(crate) fn turn(&self, high: bool) -> bool {
        // Most looks change nothing: reading leaves the other cores in peace.
        self.is_high() != high && self.0.swap(high, Relaxed) != high
    }
}

impl Shed {
    /// Bounds the work as `settings` say, and refuses it under `pressure`.
    pub fn new(settings: &LoadShedding, pressure: Pressure) -> Self {
        Self {
            places: ArcSwap::from_pointee(Places::new(settings)),
            pressure,
        }
    }

    /// Bounds the work as `settings` say, from now on.
    ///
    /// A bound that has changed begins anew: calls that have a place keep it, and do not count
    /// against the new bound.
    pub fn set(&self, settings: &LoadShedding) {
        let old = self.places.load();
        if old.settings != *settings {
            self.places.store(Arc::new(Places::after(&old, settings)));
        }
    }
}

impl Places {
    fn new(settings: &LoadShedding) -> Self {
        Self {
            settings: settings.clone(),
            slots: semaphore(settings.concurrency.get()),
            queue: semaphore(settings.queue),
            streams: semaphore(settings.streams.get()),
        }
    }

    /// Those of `settings`; what they leave as it is in `old` goes on counting.
    fn after(old: &Self, settings: &LoadShedding) -> Self {
        let mut places = Self::new(settings);
        if settings.concurrency == old.settings.concurrency {
            places.slots = Arc::clone(&old.slots);
        }
        if settings.queue == old.settings.queue {
            places.queue = Arc::clone(&old.queue);
        }
        if settings.streams == old.settings.streams {
            places.streams = Arc::clone(&old.streams);
        }
        places
    }
}

/// A semaphore of so many permits; its own bound is far above any number of calls.
pub(crate) fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)))
}

impl Guard for Shed {
    fn check(&self, call: &mut Call, _: &request::Parts) -> Result<(), Refusal> {
        if call.policy().probe {
            return Ok(());
        }
        if self.pressure.is_high() {
            return Err(busy("memory is short"));
        }
        let places = self.places.load();
        let place = if call.method().kind() == Kind::Unary {
            &places.slots
        } else {
            &places.streams
        };
        if let Ok(slot) = Arc::clone(place).try_acquire_owned() {
            call.slot = Slot::Taken(slot);
            return Ok(());
        }
        if call.method().kind() != Kind::Unary {
            return Err(busy("too many streams"));
        }
        match Arc::clone(&places.queue).try_acquire_owned() {
            Ok(place) => {
                let (slots, timeout) = (Arc::clone(&places.slots), places.settings.queue_timeout);
                call.slot = Slot::Queued {
                    place,
                    slots,
                    timeout,
                };
                Ok(())
            }
            Err(_) => Err(busy("the queue is full")),
        }
    }
}

impl Slot {
    /// The wait for a slot; none if there is nothing to wait for.
    pub(crate) fn turn(&mut self) -> Option<Turn> {
        match std::mem::take(self) {
            Self::Queued {
                place,
                slots,
                timeout,
            } => Some(Box::pin(async move {
                let slot = tokio::time::timeout(timeout, slots.acquire_owned()).await;
                drop(place);
                match slot {
                    Ok(Ok(slot)) => Ok(Self::Taken(slot)),
                    _ => Err(busy("too long in the queue")),
                }
            })),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// Refuses a call since there is too much work; `detail` says of which kind.
pub(crate) fn busy(detail: &'static str) -> Refusal {
    Refusal::new(Code::ResourceExhausted, "the server is busy")
        .reason("OVERLOADED")
        .retry_after(RETRY)
        .detail(detail)
}
