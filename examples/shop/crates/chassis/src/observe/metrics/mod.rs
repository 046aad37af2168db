//! What Prometheus is told: the calls of each method, the connections, the process, its runtime.
//!
//! In: every start, message and end of a call. Out: [`Metrics::text`], in the text format 0.0.4. The
//! handles of a method are resolved once, so that a call costs a few additions. A label is a name of
//! the protos or of this crate, never anything from the wire: nobody can make the text grow.

use std::sync::Arc;

use http::request;
use prometheus::core::Collector;
use prometheus::{IntCounter, IntGauge, Registry, TextEncoder};
use tracing::error;

use super::Observer;
use crate::call::{Call, Direction, MethodTable, Outcome, Traffic};
use crate::transport::Connections;

mod method;
mod process;
mod sampled;

use method::{Families, Handles};
use sampled::{Sampled, raise, registered};

/// The metrics of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// By the index of their method.
    methods: Vec<Handles>,
    sampled: Sampled,
}

/// A metric cannot be told: two have one name, or a name is none.
#[derive(Debug, thiserror::Error)]
#[error("a metric cannot be told")]
pub struct MetricsError(#[from] prometheus::Error);

impl Metrics {
    /// The metrics of a server that has these methods and connections.
    pub fn new(methods: &MethodTable, connections: Connections) -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let families = Families::new(&registry)?;
        let methods: Result<_, _> = methods.all().map(|method| families.of(method)).collect();
        Ok(Self {
            methods: methods?,
            sampled: Sampled::new(&registry, connections)?,
            registry,
        })
    }

    /// Tells of a count that is kept elsewhere, and never falls: `read` is asked at each scrape.
    ///
    /// Fails when the name is taken or none. By custom it ends in `_total`.
    pub fn follow(
        &self,
        name: &str,
        help: &str,
        read: impl Fn() -> u64 + Send + 'static,
    ) -> Result<(), MetricsError> {
        let copy = registered(&self.registry, IntCounter::new(name, help)?)?;
        self.sampled.add(move || raise(&copy, read()));
        Ok(())
    }

    /// Tells of a value that is kept elsewhere, and may fall: `read` is asked at each scrape, and must
    /// not wait.
    ///
    /// Fails when the name is taken or none.
    pub fn sample(
        &self,
        name: &str,
        help: &str,
        read: impl Fn() -> i64 + Send + 'static,
    ) -> Result<(), MetricsError> {
        let copy = registered(&self.registry, IntGauge::new(name, help)?)?;
        self.sampled.add(move || copy.set(read()));
        Ok(())
    }

    /// Adds metrics of another part, which are asked for when these are.
    ///
    /// Fails when one of their names is taken.
    pub fn add(&self, metrics: impl Collector + 'static) -> Result<(), MetricsError> {
        Ok(self.registry.register(Box::new(metrics))?)
    }

    /// All metrics as they are now, in Prometheus' text format 0.0.4.
    ///
    /// Reads a few files below `/proc`. What it tells of the runtime is that of whoever calls it.
    pub fn text(&self) -> String {
        self.sampled.refresh();
        let text = TextEncoder::new().encode_to_string(&self.registry.gather());
        text.unwrap_or_else(|error| {
            error!(%error, "the metrics cannot be written");
            String::new()
        })
    }

    fn of(&self, call: &Call) -> &Handles {
        &self.methods[call.method().index()]
    }
}

/// `count` as gauges have it.
pub(crate) fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

impl Observer for Metrics {
    fn started(&self, call: &Call, _: &request::Parts) {
        self.of(call).in_flight.inc();
    }

    fn progressed(&self, call: &Call, direction: Direction, traffic: Traffic) {
        // A large message comes in many pieces, of which the last one counts.
        if traffic.messages > 0 {
            let handles = self.of(call);
            match direction {
                Direction::Received => handles.received.inc_by(traffic.messages),
                Direction::Sent => handles.sent.inc_by(traffic.messages),
            }
        }
    }

    fn ended(&self, call: &Arc<Call>, outcome: &Outcome) {
        let handles = self.of(call);
        handles.requests(outcome.code).inc();
        handles.duration.observe(outcome.elapsed.as_secs_f64());
        handles.in_flight.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use http::Request;
    use tonic::Code;

    use super::*;
    use crate::call::testing;

    fn metrics() -> Metrics {
        Metrics::new(&testing::table(), Connections::default()).unwrap()
    }

    /// The lines of the calls' metrics, which alone depend on calls.
    fn lines(metrics: &Metrics) -> Vec<String> {
        let text = metrics.text();
        let lines = text.lines().filter(|line| line.starts_with("grpc_"));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn a_call_counts_from_start_to_end() {
        let metrics = metrics();
        let table = testing::table();
        let (head, ()) = Request::new(()).into_parts();
        let say = table.get("/test.Echo/Say");
        let call = Arc::new(testing::of(say, ([127, 0, 0, 1], 1).into()));
        let labels = "method=\"Say\",service=\"test.Echo\"";
        let has = |line: String| lines(&metrics).contains(&line);

        metrics.started(&call, &head);
        assert!(has(format!("grpc_requests_in_flight{{{labels}}} 1")));
        let traffic = Traffic {
            messages: 3,
            bytes: 15,
        };
        metrics.progressed(&call, Direction::Received, traffic);
        metrics.progressed(&call, Direction::Sent, Traffic::default());
        assert!(has(format!("grpc_messages_received_total{{{labels}}} 3")));
        assert!(has(format!("grpc_messages_sent_total{{{labels}}} 0")));

        let outcome = testing::outcome(Code::NotFound, Duration::from_millis(30));
        metrics.ended(&call, &outcome);
        assert!(has(format!("grpc_requests_in_flight{{{labels}}} 0")));
        assert!(has(
            "grpc_requests_total{method=\"Say\",service=\"test.Echo\",status=\"NOT_FOUND\"} 1"
                .to_owned()
        ));
        let bucket = |le: &str, count: u64| {
            format!("grpc_request_duration_seconds_bucket{{{labels},le=\"{le}\"}} {count}")
        };
        assert!(has(bucket("0.025", 0)) && has(bucket("0.05", 1)) && has(bucket("10", 1)));
        assert!(has(format!(
            "grpc_request_duration_seconds_sum{{{labels}}} 0.03"
        )));
    }

    #[test]
    fn a_call_allocates_nothing() {
        let (metrics, table) = (metrics(), testing::table());
        let (head, ()) = Request::new(()).into_parts();
        let watch = table.get("/test.Echo/Watch");
        let call = Arc::new(testing::of(watch, ([127, 0, 0, 1], 1).into()));
        let outcome = testing::outcome(Code::Ok, Duration::from_millis(30));
        let traffic = Traffic {
            messages: 1,
            bytes: 69,
        };
        let whole = || {
            metrics.started(&call, &head);
            metrics.progressed(&call, Direction::Received, traffic);
            metrics.progressed(&call, Direction::Sent, traffic);
            metrics.ended(&call, &outcome);
        };
        let first = allocation_counter::measure(whole);
        assert!(
            first.count_total > 0,
            "a code has no metric before it occurs"
        );
        let rest = allocation_counter::measure(|| (0..100).for_each(|_| whole()));
        assert_eq!(rest.count_total, 0, "{rest:?}");
    }

    #[test]
    fn strangers_cannot_make_the_text_grow() {
        let metrics = metrics();
        let table = testing::table();
        let mut sizes = Vec::new();
        for number in 0..100_000_u32 {
            let path = format!("/stranger.Service{number}/Method{number}");
            let peer = SocketAddr::new(Ipv4Addr::from(number).into(), 1);
            let (head, ()) = Request::get(&path).body(()).unwrap().into_parts();
            let call = Arc::new(testing::of(table.get(&path), peer));
            metrics.started(&call, &head);
            let outcome = testing::outcome(Code::Unimplemented, Duration::from_millis(1));
            metrics.ended(&call, &outcome);
            if number == 0 || number == 99_999 {
                sizes.push(lines(&metrics).len());
            }
        }
        assert_eq!(sizes[0], sizes[1]);
        let line = "grpc_requests_total{method=\"unknown\",service=\"unknown\",status=\"UNIMPLEMENTED\"} 100000";
        assert!(lines(&metrics).contains(&line.to_owned()));
        assert!(!metrics.text().contains("stranger"));
    }

    #[test]
    fn every_metric_is_explained() {
        let text = metrics().text();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name);
            assert!(text.contains(&format!("# HELP {family} ")), "{line}");
            assert!(text.contains(&format!("# TYPE {family} ")), "{line}");
        }
    }
}
