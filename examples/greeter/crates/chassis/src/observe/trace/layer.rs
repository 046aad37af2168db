//! Makes the `tracing` spans of handlers children of their call's span.
//!
//! Only within sampled calls: a span elsewhere, or in a library below the handlers, is not
//! exported. The layer belongs to the process and knows no exporter: that of a call comes with it.

use opentelemetry::Context as Current;
use opentelemetry::trace::{SpanBuilder, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span};
use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Filter};

use crate::config::Tracing;
use crate::runtime::logging::LogLayer;

/// Libraries whose spans tell of the connection and not of the call, and the chassis, which tells the
/// log of calls, not the traces.
const INTERNALS: [&str; 8] = [
    "chassis",
    "h2",
    "hyper",
    "hyper_util",
    "mio",
    "tokio",
    "tonic",
    "tower",
];

/// The layer that exports the spans of handlers; none if tracing is off.
pub fn span_layer(settings: &Tracing) -> Option<LogLayer> {
    if !settings.enabled {
        return None;
    }
    let off = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff);
    let off = off.build().tracer("off");
    let layer = tracing_opentelemetry::layer()
        .with_tracer(OfCall { off })
        // Which thread polls a handler means nothing.
        .with_threads(false);
    let filter = InCalls(settings.spans.targets());
    Some(layer.with_filter(filter).boxed())
}

/// Starts spans by the tracer of the call that they belong to.
#[derive(Debug)]
struct OfCall {
    /// For spans that name a parent outside of calls.
    off: SdkTracer,
}

impl Tracer for OfCall {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Current) -> Span {
        let tracer = parent.get().unwrap_or(&self.off);
        tracer.build_with_context(builder, parent)
    }
}

/// Lets spans pass within sampled calls, and what happens in them.
#[derive(Debug)]
struct InCalls(Targets);

impl InCalls {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let library = metadata.target().split("::").next().unwrap_or_default();
        !INTERNALS.contains(&library) && self.0.would_enable(metadata.target(), metadata.level())
    }
}

impl<S: Subscriber> Filter<S> for InCalls {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        // An event outside of exported spans has nothing to be added to.
        let sampled = || Current::map_current(|current| current.get::<SdkTracer>().is_some());
        self.wants(metadata) && (metadata.is_event() || sampled())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0)
    }
}
