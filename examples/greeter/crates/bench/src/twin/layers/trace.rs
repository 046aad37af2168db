//! A `tracing` span for each call, which a layer turns into one of OpenTelemetry.

use chassis::config::Config;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tower::{ServiceExt, service_fn};
use tracing::{Instrument, field, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::observe::{Boxed, labels, observe};
use crate::Error;

/// Starts the export; the value ends it.
pub(super) fn start(config: &Config) -> Result<SdkTracerProvider, Error> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(config.tracing.endpoint.as_str())
        .build()?;
    let ratio = config.tracing.ratio.get();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
            ratio,
        ))))
        .build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    tracing_subscriber::registry()
        .with(spans.with_filter(LevelFilter::INFO))
        .try_init()?;
    Ok(provider)
}

/// Traces calls.
pub(super) fn layer(service: Boxed) -> Boxed {
    let traced = Boxed::new(service_fn(move |request: http::Request<_>| {
        let (service_name, method) = labels(&request);
        let span = info_span!(
            "call",
            rpc.system = "grpc",
            rpc.service = service_name,
            rpc.method = method,
            rpc.grpc.status_code = field::Empty
        );
        let service = service.clone();
        async move { service.oneshot(request).await }.instrument(span)
    }));
    observe(traced, |_| {
        let span = tracing::Span::current();
        Box::new(move |code| {
            span.record("rpc.grpc.status_code", code as i32);
        })
    })
}
