//! The bounded queue of spans between the calls and the exporter.
//!
//! Never makes a call wait: what does not fit is dropped and counted. The exporter is woken once for a
//! batch and not for each span.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use opentelemetry::Context;
use opentelemetry_proto::tonic::trace::v1;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prost::Message;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::otlp::Encoded;
use crate::config::Tracing;

/// Shortest time between two batches; without any, the exporter would never rest.
const SHORTEST: Duration = Duration::from_millis(10);

/// Keeps spans until they are exported in batches; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Queue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    spans: ArrayQueue<Encoded>,
    batch: usize,
    delay: Duration,
    /// A batch is full, or no more spans come.
    due: Notify,
    ended: AtomicBool,
    /// In the queue, or on their way to the collector.
    waiting: AtomicUsize,
    /// Dropped since the queue was full, or not taken by the collector.
    lost: AtomicU64,
}

impl Queue {
    pub(super) fn new(settings: &Tracing) -> Self {
        Self(Arc::new(Inner {
            spans: ArrayQueue::new(settings.queue.get()),
            batch: settings.batch.get(),
            delay: settings.delay.max(SHORTEST),
            due: Notify::new(),
            ended: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }))
    }

    pub(super) fn push(&self, span: Encoded) {
        let queue = &*self.0;
        if queue.ended.load(Relaxed) {
            return self.lose(1);
        }
        let has_room = queue.waiting.fetch_add(1, Relaxed) < queue.spans.capacity();
        if !has_room || queue.spans.push(span).is_err() {
            self.done(1);
            self.lose(1);
        } else if queue.spans.len() >= queue.batch {
            queue.due.notify_one();
        }
    }

    /// Waits for a full batch, or for as long as one may take to fill; gives the number of batches that are
    /// to be exported now. None once the queue has ended and is empty.
    pub(super) async fn due(&self) -> Option<usize> {
        let queue = &*self.0;
        let ended = || queue.ended.load(Relaxed);
        let full = !ended() && timeout(queue.delay, queue.due.notified()).await.is_ok();
        let spans = queue.spans.len();
        match (full, ended()) {
            (_, true) if spans == 0 => None,
            // What begins another batch may wait for more.
            (true, false) => Some(spans / queue.batch),
            _ => Some(spans.div_ceil(queue.batch)),
        }
    }

    /// The next batch; empty if nothing waits. Has its place in the queue until it is [`done`](Self::done).
    pub(super) fn batch(&self) -> Vec<Encoded> {
        let next = std::iter::from_fn(|| self.0.spans.pop());
        next.take(self.0.batch).collect()
    }

    /// Takes no more spans.
    pub(super) fn end(&self) {
        self.0.ended.store(true, Relaxed);
        self.0.due.notify_one();
    }

    /// So many spans have been exported, or lost.
    pub(super) fn done(&self, spans: usize) {
        self.0.waiting.fetch_sub(spans, Relaxed);
    }

    /// So many spans will not reach the collector.
    pub(super) fn lose(&self, spans: usize) {
        self.0.lost.fetch_add(spans as u64, Relaxed);
    }

    /// Nobody exports any more: what waits is lost, and what comes later.
    pub(super) fn abandon(&self) {
        self.end();
        self.lose(self.0.waiting.swap(0, Relaxed));
    }

    pub(super) fn lost(&self) -> u64 {
        self.0.lost.load(Relaxed)
    }
}

/// How the spans of handlers get here.
impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.push(v1::Span::from(span).encode_to_vec());
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// Whoever starts spans may go; only [`Queue::end`] ends.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
