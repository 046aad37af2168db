//! The request by which spans are exported, as OTLP writes it.
//!
//! A span is encoded when it ends. On the wire, a message in a field is its bytes: so a request is put
//! together from encoded spans, and nothing of them is copied into other types or measured again.

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// A span, encoded.
pub(super) type Encoded = Vec<u8>;

/// An `ExportTraceServiceRequest`, which has one field: `ResourceSpans`, encoded.
pub(super) type ExportRequest = Bytes;

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, optional, tag = "2")]
    scope_spans: Option<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<InstrumentationScope>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    spans: Vec<Encoded>,
}

/// The request for `spans` of one resource and one scope.
pub(super) fn request(
    resource: &Resource,
    scope: &InstrumentationScope,
    spans: Vec<Encoded>,
) -> ExportRequest {
    let scope = Some(scope.clone());
    let spans = ResourceSpans {
        resource: Some(resource.clone()),
        scope_spans: Some(ScopeSpans { scope, spans }),
    };
    spans.encode_to_vec().into()
}
