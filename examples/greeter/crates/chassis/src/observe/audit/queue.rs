//! The bounded queue between the calls and the writer, and the counts of what became of records.
//!
//! Adding a record takes nanoseconds and no lock. The writer looks by itself on a timer;
//! a call wakes it only when the queue gets half full, once, so that a burst finds room.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;

use crossbeam_queue::ArrayQueue;

use super::Counts;
use super::dropped::Dropped;
use super::record::Record;

#[derive(Debug)]
pub(super) struct Queue {
    records: ArrayQueue<Record>,
    /// So many records wake the writer.
    half: usize,
    writer: OnceLock<Thread>,
    /// The writer has been woken and did not come yet.
    woken: AtomicBool,
    closed: AtomicBool,
    pub(super) written: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) dropped: Dropped,
}

impl Queue {
    /// A queue for at most `capacity` records, which is not 0.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            records: ArrayQueue::new(capacity),
            half: capacity.div_ceil(2),
            writer: OnceLock::new(),
            woken: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            written: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            dropped: Dropped::new(),
        }
    }

    /// Adds a record, or counts it as dropped.
    pub(super) fn push(&self, record: Record) {
        if self.records.push(record).is_err() {
            return self.dropped.add();
        }
        // A wake-up that is missed in a race costs no more than one turn of the timer.
        if self.is_half_full()
            && !self.woken.load(Ordering::Relaxed)
            && !self.woken.swap(true, Ordering::Relaxed)
        {
            self.wake();
        }
    }

    /// The writer takes the oldest record.
    pub(super) fn pop(&self) -> Option<Record> {
        self.records.pop()
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_half_full(&self) -> bool {
        self.records.len() >= self.half
    }

    /// True while less than an eighth is in use: nothing is urgent.
    pub(super) fn has_few(&self) -> bool {
        self.records.len() < self.half / 4
    }

    /// The present thread is the one that writes.
    pub(super) fn attach_writer(&self) {
        // There is one writer.
        let _ = self.writer.set(std::thread::current());
    }

    /// The writer is about to look; the next half full queue wakes it again.
    pub(super) fn rearm(&self) {
        self.woken.store(false, Ordering::Relaxed);
    }

    /// Asks the writer to end once the queue is empty.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.wake();
    }

    /// True when nothing will be added that has to be written.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            written: self.written.load(Ordering::Relaxed),
            dropped: self.dropped.total(),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    /// A writer that has not come to attach itself looks before it sleeps.
    fn wake(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{self, park};

    use super::super::testing::{call, ok};
    use super::*;

    #[test]
    fn what_finds_no_place_is_counted() {
        let queue = Queue::new(2);
        for id in ["1", "2", "3", "4"] {
            queue.push(Record::new(&call(id), &ok(), &[]));
        }
        assert_eq!((queue.len(), queue.counts().dropped), (2, 2));
    }

    #[test]
    fn a_half_full_queue_wakes_the_writer_once() {
        let queue = Queue::new(4);
        let push = || queue.push(Record::new(&call("1"), &ok(), &[]));
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                queue.attach_writer();
                // Nothing else ends the wait.
                while !queue.woken.load(Ordering::Relaxed) {
                    park();
                }
                queue.len()
            });
            push();
            assert!(!queue.woken.load(Ordering::Relaxed));
            while queue.writer.get().is_none() {
                thread::yield_now();
            }
            push();
            assert!(writer.join().unwrap() >= 2);
        });
        queue.rearm();
        push();
        assert!(queue.woken.load(Ordering::Relaxed));
    }
}
