//! Traces: one span for each sampled call, exported by OTLP.
//!
//! In: calls as they start and end. Out: their spans, and those that handlers open in them, in
//! batches, to a collector. A call that is not sampled costs a look at its trace id. Never harms a
//! call: when the collector is slow or gone, spans are lost and counted.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::request;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as Standard, SdkTracer, SdkTracerProvider};
use tokio::runtime::{Handle, TryCurrentError};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::transport;
use tracing::warn;

use super::Observer;
use crate::call::{Call, Outcome};
use crate::config::{Ratio, Tracing};

mod exporter;
mod layer;
mod otlp;
mod queue;
mod sampler;
mod span;

pub use layer::span_layer;

use exporter::Exporter;
use queue::Queue;
use sampler::Sampler;

/// Exports the spans of sampled calls; clones share the exporter.
#[derive(Debug, Clone)]
pub struct Traces(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    sampler: Sampler,
    queue: Queue,
    /// Starts the spans of handlers.
    tracer: SdkTracer,
    /// The one task of the exporter; gone once it has been waited for.
    exporting: Mutex<JoinSet<()>>,
}

/// Why traces cannot be exported as the configuration wants it.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The exporter does not take the settings.
    #[error("section `tracing`: {0}")]
    Exporter(#[from] transport::Error),
    /// There is no runtime to export from.
    #[error("traces are exported from a tokio runtime")]
    Runtime(#[from] TryCurrentError),
}

impl Traces {
    /// Exports from the current runtime as `settings` say.
    ///
    /// Nobody is connected to yet: the collector may come later, or never.
    pub fn new(settings: &Tracing) -> Result<Self, TraceError> {
        if !settings.enabled {
            return Ok(Self(None));
        }
        let runtime = Handle::try_current()?;
        let queue = Queue::new(settings);
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let exporter = Exporter::new(settings, (&scope, None).into(), queue.clone())?;
        let mut exporting = JoinSet::new();
        exporting.spawn_on(exporter.run(), &runtime);
        // The spans of handlers are sampled if their call is; others are not.
        let tracer = SdkTracerProvider::builder()
            .with_span_processor(queue.clone())
            .with_sampler(Standard::ParentBased(Box::new(Standard::AlwaysOff)))
            .build()
            .tracer_with_scope(scope);
        Ok(Self(Some(Arc::new(Inner {
            sampler: Sampler::new(settings.ratio),
            queue,
            tracer,
            exporting: Mutex::new(exporting),
        }))))
    }

    /// Changes the share of traces that are sampled, of those that begin here.
    pub fn set_ratio(&self, ratio: Ratio) {
        if let Some(inner) = &self.0 {
            inner.sampler.set(ratio);
        }
    }

    /// The spans that did not reach the collector, since the queue was full or it did not take them.
    pub fn lost(&self) -> u64 {
        self.0.as_ref().map_or(0, |inner| inner.queue.lost())
    }

    /// Exports what waits, for at most `longest`; later spans are dropped.
    pub async fn end(&self, longest: Duration) {
        let Some(inner) = &self.0 else {
            return;
        };
        inner.queue.end();
        let exporting = &inner.exporting;
        let mut exporting =
            mem::take(&mut *exporting.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout(longest, exporting.join_next()).await.is_err() {
            exporting.shutdown().await;
        }
        let lost = self.lost();
        if lost > 0 {
            warn!(lost, "not all spans reached the collector");
        }
    }
}

impl Observer for Traces {
    fn started(&self, call: &Call, _: &request::Parts) {
        if let Some(inner) = &self.0
            && inner.sampler.takes(call.trace())
        {
            call.trace().record(inner.tracer.clone());
        }
    }

    fn ended(&self, call: &Arc<Call>, outcome: &Outcome) {
        if let Some(inner) = &self.0
            && let Some(span) = span::of(call, outcome)
        {
            inner.queue.push(span);
        }
    }
}
