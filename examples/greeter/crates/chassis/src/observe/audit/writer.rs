//! The thread that writes the records, and survives whatever the disk does.
//!
//! It looks at the queue on a timer, soon again while there are records, writes all that is there, and ends when the
//! queue is closed and empty. While writing fails, it tries again after a pause; meanwhile half of the queue waits
//! for better times, and what exceeds that is lost.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::dropped::Seen;
use super::output::Output;
use super::queue::Queue;

/// When the writer looks at the queue again after it has written. What has gathered in a longer time
/// would keep a core busy for so long that calls wait for it: on one core, at 17,000 calls per second, the
/// 99th percentile of the latency was 410 us with 100 ms, and 130 us with 2 ms.
const SOON: Duration = Duration::from_millis(2);
/// The longest time between two looks, when there is nothing to write.
const LONGEST: Duration = Duration::from_millis(100);
/// Bytes that are written at one time; the last line may exceed them.
const PIECE: usize = 64 << 10;
/// The same while few records wait. After each such piece, calls that want this core go first: at half of the load
/// that one core can serve, the 99th percentile of the latency was 1.12 times that of a server without all
/// this, and 1.4 times if all that waits was written at once (`bench latency`).
const SMALL: usize = 4 << 10;
/// Time between tries while writing fails.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Writer {
    queue: Arc<Queue>,
    output: Output,
    lines: Vec<u8>,
    outage: Option<Outage>,
}

/// Writing fails.
#[derive(Debug)]
struct Outage {
    lost: u64,
    retry: Instant,
}

impl Writer {
    pub(super) fn new(queue: Arc<Queue>, output: Output) -> Self {
        Self {
            queue,
            output,
            lines: Vec::with_capacity(PIECE),
            outage: None,
        }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        self.queue.attach_writer();
        let mut seen = Seen::default();
        let mut wait = SOON;
        loop {
            // Before the queue is emptied: what was added before it was closed is in it.
            let last = self.queue.is_closed();
            self.queue.rearm();
            let paused = self.is_paused();
            wait = match paused || self.queue.len() == 0 {
                true => (wait * 2).min(LONGEST),
                false => SOON,
            };
            // The end has no time for pauses.
            if last || !paused {
                self.empty();
            } else {
                self.discard();
            }
            if last {
                break;
            }
            self.queue.dropped.look(&mut seen);
            thread::park_timeout(wait);
        }
        self.end();
    }

    fn is_paused(&self) -> bool {
        let waits = |outage: &Outage| Instant::now() < outage.retry;
        self.outage.as_ref().is_some_and(waits)
    }

    /// Writes all that is in the queue, unless that fails.
    fn empty(&mut self) {
        loop {
            let few = self.queue.has_few();
            let piece = if few { SMALL } else { PIECE };
            self.lines.clear();
            let mut records = 0;
            while self.lines.len() < piece
                && let Some(record) = self.queue.pop()
            {
                self.lines.extend_from_slice(record.line());
                records += 1;
            }
            if records == 0 || !self.write(records) {
                return;
            }
            if few {
                thread::yield_now();
            }
        }
    }

    /// Writes the lines of so many records; false if that failed and they are lost.
    fn write(&mut self, records: u64) -> bool {
        match self.output.write(&self.lines) {
            Ok(()) => {
                self.queue.written.fetch_add(records, Relaxed);
                if let Some(Outage { lost, .. }) = self.outage.take() {
                    info!(output = %self.output, lost, "the audit is written again");
                }
                true
            }
            Err(error) => {
                let retry = Instant::now() + PAUSE;
                match &mut self.outage {
                    Some(outage) => outage.retry = retry,
                    None => {
                        warn!(output = %self.output, %error, "the audit cannot be written");
                        self.outage = Some(Outage { lost: 0, retry });
                    }
                }
                self.lose(records);
                false
            }
        }
    }

    /// Makes room: half of the queue may wait for better times.
    fn discard(&mut self) {
        while self.queue.is_half_full() && self.queue.pop().is_some() {
            self.lose(1);
        }
    }

    fn lose(&mut self, records: u64) {
        self.queue.failed.fetch_add(records, Relaxed);
        if let Some(outage) = &mut self.outage {
            outage.lost += records;
        }
    }

    /// Gives up what is left, tells what is left to tell, and waits for the disk.
    fn end(&mut self) {
        while self.queue.pop().is_some() {
            self.lose(1);
        }
        self.queue.dropped.end();
        if let Some(Outage { lost, .. }) = self.outage {
            warn!(output = %self.output, lost, "the audit could not be written");
        }
        if let Err(error) = self.output.sync() {
            warn!(output = %self.output, %error, "the end of the audit may not be on disk");
        }
    }
}
