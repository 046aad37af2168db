//! Sends batches of spans to the collector by OTLP.
//!
//! In: batches, from the queue. Out: gRPC calls. What the collector does not take in time is lost; that is
//! counted, and logged at most once a minute.

use std::time::{Duration, Instant};

use http::uri::PathAndQuery;
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use tokio::time::{sleep, timeout};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint, Error};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;
use tracing::warn;

use super::otlp::{self, Encoded, ExportRequest};
use super::queue::Queue;
use crate::config::Tracing;

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// How often a batch is sent again, and how long after the first try, as OpenTelemetry's SDKs do.
const RETRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// Shortest time between two complaints.
const QUIET: Duration = Duration::from_secs(60);

/// Sends spans to the collector.
#[derive(Debug)]
pub(super) struct Exporter {
    collector: Grpc<Channel>,
    resource: Resource,
    scope: InstrumentationScope,
    timeout: Duration,
    queue: Queue,
    told: Told,
}

/// What the log has been told.
#[derive(Debug, Default)]
struct Told {
    lost: u64,
    time: Option<Instant>,
}

impl Exporter {
    /// Exports what is in `queue`; connects when there is something to send.
    pub(super) fn new(
        settings: &Tracing,
        scope: InstrumentationScope,
        queue: Queue,
    ) -> Result<Self, Error> {
        let collector = Endpoint::from_shared(settings.endpoint.as_str().to_owned())?;
        Ok(Self {
            collector: Grpc::new(collector.connect_lazy()),
            resource: resource(settings),
            scope,
            timeout: settings.timeout,
            queue,
            told: Told::default(),
        })
    }

    /// Exports until the queue has ended and is empty.
    pub(super) async fn run(mut self) {
        while let Some(batches) = self.queue.due().await {
            for _ in 0..batches {
                let spans = self.queue.batch();
                self.export(spans).await;
            }
        }
    }

    async fn export(&mut self, spans: Vec<Encoded>) {
        let count = spans.len();
        let request = otlp::request(&self.resource, &self.scope, spans);
        let limit = self.timeout;
        let (lost, reason) = match timeout(limit, self.send(request)).await {
            Ok(Ok(refused)) if refused.rejected_spans == 0 => (0, "the queue is full".to_owned()),
            Ok(Ok(refused)) => {
                let rejected = usize::try_from(refused.rejected_spans);
                let rejected = rejected.unwrap_or_default().min(count);
                (rejected, refused.error_message)
            }
            Ok(Err(status)) => (count, status.to_string()),
            Err(_) => (count, format!("no answer within {limit:?}")),
        };
        self.queue.done(count);
        self.queue.lose(lost);
        self.tell(&reason);
    }

    /// Sends spans, again if that may help; gives what the collector does not take of them.
    async fn send(&mut self, request: ExportRequest) -> Result<ExportTracePartialSuccess, Status> {
        let mut usual = PAUSE;
        for _ in 0..RETRIES {
            let result = self.try_to_send(request.clone()).await;
            let failed = result.as_ref().err();
            let Some(pause) = failed.and_then(|status| pause(status, usual)) else {
                return result;
            };
            sleep(pause).await;
            usual *= 2;
        }
        self.try_to_send(request).await
    }

    async fn try_to_send(
        &mut self,
        request: ExportRequest,
    ) -> Result<ExportTracePartialSuccess, Status> {
        let ready = self.collector.ready().await;
        ready.map_err(|error| Status::from_error(error.into()))?;
        let path = PathAndQuery::from_static(EXPORT);
        let codec = ProstCodec::<_, ExportTraceServiceResponse>::default();
        let answer = self.collector.unary(Request::new(request), path, codec);
        let answer = answer.await?.into_inner();
        Ok(answer.partial_success.unwrap_or_default())
    }

    /// Complains about what was lost, if that is news.
    fn tell(&mut self, error: &str) {
        let lost = self.queue.lost();
        if lost > self.told.lost && self.told.time.is_none_or(|time| time.elapsed() >= QUIET) {
            self.told = Told {
                lost,
                time: Some(Instant::now()),
            };
            warn!(lost, error, "spans are lost");
        }
    }
}

/// How long to wait before the next try; none if there is to be none.
///
/// <https://opentelemetry.io/docs/specs/otlp/#failures>: what may be tried again, and that the collector may say
/// when.
fn pause(status: &Status, usual: Duration) -> Option<Duration> {
    let asked = status.get_details_retry_info();
    let asked = asked.and_then(|info| info.retry_delay);
    match status.code() {
        Code::ResourceExhausted => asked,
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Some(asked.unwrap_or_else(|| usual.mul_f64(0.5 + fastrand::f64()))),
        _ => None,
    }
}

/// Whatever ends it, in the middle of a batch or between two.
impl Drop for Exporter {
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

/// Who exports: the server, its version and this process; what the settings say wins.
fn resource(settings: &Tracing) -> Resource {
    let instance = format!("{:032x}", fastrand::u128(..));
    let ours = [
        KeyValue::new("service.name", settings.service_name.clone()),
        // All crates of the workspace have the version of the server.
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    let more = settings.resource.iter();
    let resource = opentelemetry_sdk::Resource::builder()
        .with_attributes(ours)
        .with_attributes(more.map(|(key, value)| KeyValue::new(key.clone(), value.clone())))
        .build();
    Resource {
        attributes: ResourceAttributesWithSchema::from(&resource).attributes.0,
        ..Resource::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;
    use crate::config::Collector;

    /// Counts events.
    struct Events(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Events {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let ours = event.metadata().target() == module_path!().trim_end_matches("::tests");
            self.0.fetch_add(usize::from(ours), Relaxed);
        }
    }

    #[tokio::test]
    async fn losses_are_counted_and_told_once_in_a_while() {
        let events = Arc::<AtomicUsize>::default();
        let subscriber = tracing_subscriber::registry().with(Events(Arc::clone(&events)));
        let _guard = tracing::subscriber::set_default(subscriber);
        // Takes connections, but never answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let settings = Tracing {
            endpoint: Collector::try_from(endpoint).unwrap(),
            timeout: Duration::from_millis(10),
            ..Tracing::default()
        };
        let queue = Queue::new(&settings);
        let mut exporter =
            Exporter::new(&settings, InstrumentationScope::default(), queue.clone()).unwrap();
        for _ in 0..3 {
            queue.push(Encoded::new());
            queue.push(Encoded::new());
            exporter.export(queue.batch()).await;
        }
        assert_eq!((queue.lost(), events.load(Relaxed)), (6, 1));
        // As if a minute had passed.
        exporter.told.time = None;
        queue.push(Encoded::new());
        exporter.export(queue.batch()).await;
        assert_eq!((queue.lost(), events.load(Relaxed)), (7, 2));
    }
}
