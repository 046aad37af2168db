//! A server whose calls are traced, the collector that it exports to, and a caller.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::Duration;

use chassis::config::{Config, Ratio, Tracing};
use chassis::observe::span_layer;
use chassis::services::Services;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;
use tonic::Status;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

use crate::harness::{Server, describe};
use collector::Collector;
use handler::Handler;

pub(crate) mod collector;
mod handler;

pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const SPAN: &str = "b7ad6b7169203331";
/// Long enough for whatever ends.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A server, and the collector that it exports to.
pub(crate) struct Stage {
    pub(crate) collector: Collector,
    pub(crate) server: Server,
    pub(crate) channel: Channel,
    _spans: DefaultGuard,
}

impl Stage {
    /// Samples every trace that begins here.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let collector = Collector::start(None).await;
        let mut config = settings(collector.address().port());
        change(&mut config);
        // The tests run everything on their own thread.
        let layers = Vec::from_iter(span_layer(&config.tracing));
        let subscriber = tracing_subscriber::registry().with(layers);
        let guard = tracing::subscriber::set_default(subscriber);
        let server = serve(config).await;
        let channel = server.connect().await;
        Self {
            collector,
            server,
            channel,
            _spans: guard,
        }
    }

    /// All spans, once the calls have ended.
    pub(crate) async fn spans(&self) -> Vec<Span> {
        self.server.settled().await;
        self.server.shared.traces.end(LONG).await;
        assert_eq!(self.server.shared.traces.lost(), 0);
        self.collector.spans()
    }

    /// The one span that there is.
    pub(crate) async fn span(&self) -> Span {
        let mut spans = self.spans().await;
        assert_eq!(spans.len(), 1, "{spans:?}");
        spans.remove(0)
    }
}

/// Exports nothing until told to, since a batch never fills.
pub(crate) fn settings(port: u16) -> Config {
    let tracing = Tracing {
        endpoint: format!("http://127.0.0.1:{port}").try_into().unwrap(),
        ratio: Ratio::try_from(1.0).unwrap(),
        delay: Duration::from_secs(3600),
        ..Tracing::default()
    };
    Config {
        tracing,
        ..Config::default()
    }
}

pub(crate) async fn serve(config: Config) -> Server {
    let mut services = Services::default();
    services.add(Handler);
    let set = describe("test", "Handler", &["Ask"], false);
    Server::start_besides(config, services, &[set]).await
}

/// Calls a method with one empty message and takes all that it answers.
pub(crate) async fn call(
    channel: &Channel,
    path: &'static str,
    headers: &[(&'static str, &str)],
) -> Result<Vec<String>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let mut request = tonic::Request::new(());
    for (name, value) in headers {
        request.metadata_mut().append(*name, value.parse().unwrap());
    }
    let codec = ProstCodec::<(), String>::default();
    let path = http::uri::PathAndQuery::from_static(path);
    let mut stream = grpc
        .server_streaming(request, path, codec)
        .await?
        .into_inner();
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await? {
        messages.push(message);
    }
    Ok(messages)
}

/// What the handler saw.
pub(crate) async fn ask(channel: &Channel, headers: &[(&'static str, &str)]) -> Value {
    let answer = call(channel, "/test.Handler/Ask", headers).await.unwrap();
    serde_json::from_str(&answer[0]).unwrap()
}

/// An id as it is written.
pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
