//! Where a call stands in its trace: what the caller says, and what those called next are told.
//!
//! In: the headers of the W3C's Trace Context and Baggage. Out: ids, which cost next to nothing,
//! and, once the call is sampled, the OpenTelemetry context that spans of the handler belong to.
//! Whether a call is sampled is decided by the observer `trace`, which also exports its span.

use std::sync::OnceLock;

use http::{HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, ContextGuard};
use opentelemetry_sdk::propagation::BaggagePropagator;
use opentelemetry_sdk::trace::SdkTracer;
use tonic::metadata::MetadataMap;

use super::headers::Headers;
use super::traceparent::{self, Parent};

const STATE: HeaderName = HeaderName::from_static("tracestate");
const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// The position of a call in its trace.
#[derive(Debug)]
pub struct Trace {
    trace_id: TraceId,
    span_id: SpanId,
    parent: Option<Parent>,
    state: Option<HeaderValue>,
    baggage: Option<HeaderValue>,
    /// What spans of the handler belong to; set when the call is sampled.
    recording: OnceLock<Context>,
}

impl Trace {
    /// Goes on with the caller's trace, or begins one if there is none that can be gone on with.
    pub(super) fn of(headers: &Headers<'_>) -> Self {
        let parent = Parent::of(headers.traceparent);
        // The ids need to be unique, not secret; zero is none.
        let new = || TraceId::from(fastrand::u128(..).max(1));
        Self {
            trace_id: parent.map_or_else(new, |parent| parent.trace_id),
            span_id: SpanId::from(fastrand::u64(..).max(1)),
            parent,
            state: parent.and_then(|_| headers.tracestate()),
            baggage: headers.baggage(),
            recording: OnceLock::new(),
        }
    }

    /// The trace: shared by all calls that one call at the edge of the system leads to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span of this call.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The caller's span; none if the trace begins here.
    pub fn parent_id(&self) -> Option<SpanId> {
        self.parent.map(|parent| parent.span_id)
    }

    /// True if the spans of this call are exported.
    pub fn is_sampled(&self) -> bool {
        self.recording.get().is_some()
    }

    /// The header `traceparent` for those called next.
    ///
    /// Names the innermost span that the handler is in, or that of the call. A call that is not
    /// sampled has no span that anybody could find: it passes on what its caller says.
    pub fn traceparent(&self) -> String {
        let (span_id, sampled) = match self.parent {
            _ if self.is_sampled() => (self.innermost(), true),
            Some(parent) => (parent.span_id, parent.sampled),
            None => (self.span_id, false),
        };
        traceparent::text(self.trace_id, span_id, sampled)
    }

    /// The entries of the header `baggage`, which the caller wants to be known everywhere.
    ///
    /// Read when asked for; at most 64. Empty if there is no header, or one beyond 8 KiB. Anybody
    /// can send them: they prove nothing.
    pub fn baggage(&self) -> Vec<(String, String)> {
        let context = self.with_baggage(&Context::new());
        let entry = |(key, (value, _)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
            (key.to_string(), value.to_string())
        };
        context.baggage().iter().map(entry).collect()
    }

    /// Adds `traceparent`, `tracestate` and `baggage` to a request for those called next.
    pub fn inject(&self, metadata: &mut MetadataMap) {
        let mut headers = std::mem::take(metadata).into_headers();
        let parent = HeaderValue::try_from(self.traceparent());
        headers.insert(
            traceparent::HEADER,
            parent.expect("hexadecimal digits and dashes"),
        );
        let kept = [(STATE, &self.state), (BAGGAGE, &self.baggage)];
        for (name, value) in kept {
            headers.extend(value.clone().map(|value| (name, value)));
        }
        *metadata = MetadataMap::from_headers(headers);
    }

    /// What the caller decided; none if the trace begins here.
    pub(crate) fn parent_sampled(&self) -> Option<bool> {
        self.parent.map(|parent| parent.sampled)
    }

    /// The span that an exporter is told of; none if the call is not sampled.
    pub(crate) fn span_context(&self) -> Option<SpanContext> {
        let context = self.recording.get()?;
        Some(context.span().span_context().clone())
    }

    /// Samples the call: `tracer` starts the spans of its handler.
    pub(crate) fn record(&self, tracer: SdkTracer) {
        let state = self.state.as_ref().and_then(|state| state.to_str().ok());
        let state = state.and_then(|state| state.parse::<TraceState>().ok());
        let flags = TraceFlags::SAMPLED;
        let state = state.unwrap_or_default();
        let span = SpanContext::new(self.trace_id, self.span_id, flags, false, state);
        let context = Context::new().with_value(tracer);
        let context = self.with_baggage(&context.with_remote_span_context(span));
        // A call is sampled once.
        let _ = self.recording.set(context);
    }

    /// Makes spans of this thread belong to the call, if it is sampled, until the result is dropped.
    pub(super) fn attach(&self) -> Option<ContextGuard> {
        self.recording.get().map(|context| context.clone().attach())
    }

    fn with_baggage(&self, context: &Context) -> Context {
        let text = self.baggage.as_ref().and_then(|text| text.to_str().ok());
        text.map_or_else(
            || context.clone(),
            |text| BaggagePropagator::new().extract_with_context(context, &Only(text)),
        )
    }

    /// The span of this call that this thread is in.
    fn innermost(&self) -> SpanId {
        Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            let ours = span.trace_id() == self.trace_id;
            if ours { span.span_id() } else { self.span_id }
        })
    }
}

/// The one header that a propagator is shown.
struct Only<'a>(&'a str);

impl Extractor for Only<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (BAGGAGE == key).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["baggage"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn trace(headers: &[(&'static str, &str)]) -> Trace {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        let all = headers.iter().map(header).collect();
        Trace::of(&Headers::of(&all))
    }

    #[test]
    fn a_trace_goes_on_or_begins() {
        let on = trace(&[("traceparent", PARENT)]);
        assert_eq!(on.trace_id().to_string(), PARENT[3..35]);
        assert_eq!(on.parent_id().unwrap().to_string(), PARENT[36..52]);
        assert_ne!(on.span_id(), on.parent_id().unwrap());
        let (one, other) = (trace(&[]), trace(&[("traceparent", "nonsense")]));
        assert_eq!((one.parent_id(), other.parent_id()), (None, None));
        assert_ne!(one.trace_id(), other.trace_id());
    }

    #[test]
    fn whoever_exports_nothing_passes_on_what_it_got() {
        let on = trace(&[("traceparent", PARENT)]);
        assert!(!on.is_sampled());
        assert_eq!(on.traceparent(), PARENT);
        let begun = trace(&[]);
        let expected = format!("00-{}-{}-00", begun.trace_id(), begun.span_id());
        assert_eq!(begun.traceparent(), expected);
    }

    #[test]
    fn state_needs_a_parent_and_baggage_does_not() {
        let state = ("tracestate", "a=1");
        assert_eq!(trace(&[state]).state, None);
        let both = trace(&[("traceparent", PARENT), state, ("tracestate", "b=2")]);
        assert_eq!(both.state.unwrap(), "a=1,b=2");
        let baggage = trace(&[("baggage", "tenant=a%20b;note, tier=1")]).baggage();
        assert!(baggage.contains(&("tenant".to_owned(), "a b".to_owned())));
        assert!(baggage.contains(&("tier".to_owned(), "1".to_owned())));
    }

    #[test]
    fn events_of_the_log_are_told_their_trace() {
        let (head, ()) = http::Request::new(()).into_parts();
        let call = crate::call::testing::unknown(&head);
        let mut labels = Vec::new();
        call.label(|name, value| labels.push(format!("{name}={value}")));
        assert!(labels.contains(&format!("trace_id={}", call.trace().trace_id())));
    }

    #[test]
    fn those_called_next_are_told_all_of_it() {
        let headers = [
            ("traceparent", PARENT),
            ("tracestate", "a=1"),
            ("baggage", "b=2"),
        ];
        let mut metadata = MetadataMap::new();
        metadata.insert("kept", "yes".parse().unwrap());
        trace(&headers).inject(&mut metadata);
        for (name, value) in headers.into_iter().chain([("kept", "yes")]) {
            assert_eq!(metadata.get(name).unwrap(), value);
        }
    }
}
