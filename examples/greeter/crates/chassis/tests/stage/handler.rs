//! A handler that opens spans and tells where it stands.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chassis::call::RequestBody;
use chassis::rpc::RequestExt;
use chassis::services::Answer;
use http::{Request, Response};
use serde_json::json;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::metadata::MetadataMap;
use tonic::server::{NamedService, UnaryService};
use tonic_prost::ProstCodec;
use tracing::{Instrument, debug_span, info, info_span};

/// Answers with what it saw, as JSON.
#[derive(Clone)]
pub(super) struct Handler;

impl NamedService for Handler {
    const NAME: &'static str = "test.Handler";
}

impl Service<Request<RequestBody>> for Handler {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Answer {
        let mut grpc = tonic::server::Grpc::new(ProstCodec::<String, ()>::default());
        Box::pin(async move { Ok(grpc.unary(Self, request).await) })
    }
}

impl UnaryService<()> for Handler {
    type Response = String;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<String>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<()>) -> Self::Future {
        let call = Arc::clone(request.call());
        Box::pin(async move {
            let trace = call.trace();
            call.add_field("order", 42);
            let work = async {
                tokio::task::yield_now().await;
                info!("something happened");
                let _library = info_span!(target: "h2::proto", "library").entered();
                let _detail = debug_span!("detail").entered();
                let _inner = info_span!("inner").entered();
                trace.traceparent()
            };
            let inside = work.instrument(info_span!("work", size = 3)).await;
            let task = async { info_span!("later").in_scope(|| ()) };
            tokio::spawn(task.instrument(info_span!("task")))
                .await
                .unwrap();
            let mut next = MetadataMap::new();
            trace.inject(&mut next);
            let text = |name: &str| {
                next.get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            let seen = json!({
                "trace": trace.trace_id().to_string(),
                "span": trace.span_id().to_string(),
                "sampled": trace.is_sampled(),
                "traceparent": text("traceparent"),
                "tracestate": text("tracestate"),
                "baggage": text("baggage"),
                "entries": trace.baggage(),
                "inside": inside,
            });
            Ok(tonic::Response::new(seen.to_string()))
        })
    }
}
