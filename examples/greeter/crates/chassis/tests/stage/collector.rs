//! A collector of spans that takes OTLP by gRPC, on a real socket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use chassis::config::Config;
use chassis::services::Services;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use serde_json::{Map, Value};
use tonic::{Request, Response, Status, async_trait};

use crate::harness::{Server, describe};

/// A collector that runs in this process.
pub(crate) struct Collector {
    server: Server,
    received: Received,
}

impl Collector {
    /// Starts a collector at this port, or at a free one for the default.
    pub(crate) async fn start(port: Option<u16>) -> Self {
        Self::start_with(port, Received::default()).await
    }

    /// Starts one that does not take so many spans of each request.
    pub(crate) async fn rejecting(rejects: i64) -> Self {
        let received = Received {
            rejects,
            ..Received::default()
        };
        Self::start_with(None, received).await
    }

    /// Starts one that is not there yet for so many requests.
    pub(crate) async fn failing(fails: usize) -> Self {
        let received = Received {
            fails: Arc::new(fails.into()),
            ..Received::default()
        };
        Self::start_with(None, received).await
    }

    async fn start_with(port: Option<u16>, received: Received) -> Self {
        let mut config = Config::default();
        // Whoever collects does not add to it.
        config.tracing.enabled = false;
        config.server.port = port.unwrap_or(config.server.port);
        let mut services = Services::default();
        services.add(TraceServiceServer::new(received.clone()));
        let package = "opentelemetry.proto.collector.trace.v1";
        let set = describe(package, "TraceService", &["Export"], false);
        let server = Server::start_besides(config, services, &[set]).await;
        Self { server, received }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The spans that have arrived, in the order of their ends.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let received = self.received.groups.lock().unwrap();
        let scopes = received.iter().flat_map(|group| &group.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The attributes of whoever sent the first spans.
    pub(crate) fn resource(&self) -> Map<String, Value> {
        let received = self.received.groups.lock().unwrap();
        attributes(&received[0].resource.as_ref().unwrap().attributes)
    }
}

#[derive(Clone, Default)]
struct Received {
    groups: Arc<Mutex<Vec<ResourceSpans>>>,
    /// So many spans of each request are not taken.
    rejects: i64,
    /// So many requests are to be sent again.
    fails: Arc<AtomicUsize>,
}

#[async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let fails = self.fails.load(Relaxed);
        if fails > 0 {
            self.fails.store(fails - 1, Relaxed);
            return Err(Status::unavailable("soon"));
        }
        let spans = request.into_inner().resource_spans;
        self.groups.lock().unwrap().extend(spans);
        let partial_success = (self.rejects > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: self.rejects,
            error_message: "no room".to_owned(),
        });
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success,
        }))
    }
}

/// Attributes by name.
pub(crate) fn attributes(list: &[KeyValue]) -> Map<String, Value> {
    let value = |attribute: &KeyValue| match attribute.value.clone().unwrap().value.unwrap() {
        Any::StringValue(text) => text.into(),
        Any::BoolValue(truth) => truth.into(),
        Any::IntValue(number) => number.into(),
        Any::DoubleValue(number) => number.into(),
        other => panic!("no attribute is like {other:?}"),
    };
    let named = list.iter().map(|one| (one.key.clone(), value(one)));
    named.collect()
}
