//! What can be seen of calls: in a trace, and in the stats.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use super::harness::{self, Behaviour, SAY, Server};

/// The fields of a span.
type Span = Vec<(&'static str, String)>;

/// The spans that the client has made, by their ids.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<Span>>>);

struct Fields<'a>(&'a mut Span);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("client")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let mut fields = vec![("name", span.metadata().name().to_owned())];
        span.record(&mut Fields(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let index = span.into_u64() as usize - 1;
        values.record(&mut Fields(&mut self.0.lock().unwrap()[index]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

// One thread, whose subscriber it is.
#[tokio::test]
async fn each_attempt_is_a_span() {
    let server = Server::start().await;
    server.behave(Behaviour::Fails(14, None));
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.retries.attempts = 2;
    let channel = harness::open(&settings);
    let spans = Spans::default();
    // While there is one subscriber alone, tracing asks the thread that comes first to a span, and nobody
    // else, whether it is wanted: that of another test would turn it off for all.
    let _second = Dispatch::new(NoSubscriber::default());
    let guard = tracing::subscriber::set_default(spans.clone());
    harness::unary(&channel, SAY).await.unwrap_err();
    server.behave(Behaviour::Answers);
    harness::unary(&channel, SAY).await.unwrap();
    drop(guard);
    let address = server.address().to_string();
    let expected = [("0", "Unavailable"), ("1", "Unavailable"), ("0", "Ok")];
    let expected = expected.map(|(previous, code)| {
        let fields = [
            ("name", "attempt"),
            ("path", "\"/test.Echo/Say\""),
            ("address", &address),
            ("previous", previous),
            ("code", code),
        ];
        fields
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec()
    });
    assert_eq!(*spans.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn stats_tell_what_there_is_and_what_became_of_calls() {
    let (good, bad) = (Server::start().await, Server::start().await);
    let channel = harness::channel(&[&good, &bad]);
    assert_eq!(channel.stats().state, client::State::Idle);
    harness::unary(&channel, SAY).await.unwrap();
    harness::connected(&channel).await;
    bad.behave(Behaviour::Fails(14, None));
    harness::until("a failure", async || {
        harness::unary(&channel, SAY).await.unwrap();
        channel.stats().endpoints[1].failures > 1
    })
    .await;
    let stream = harness::watch(&channel).await;
    let stats = channel.stats();
    let [first, second] = &stats.endpoints[..] else {
        panic!("{stats:?}")
    };
    assert_eq!(first.address, good.address().to_string());
    assert_eq!((first.calls, first.failures), (good.calls(), 0));
    assert_eq!((second.calls, second.ready), (bad.calls(), 1));
    assert!(stats.retries >= second.failures - u64::from(stream.is_err()));
    let open = usize::from(stream.is_ok());
    assert_eq!(first.in_flight + second.in_flight, open);
    assert_eq!(stats.last_error, None);

    let address = bad.address().to_string();
    drop(bad);
    harness::until("the error is told", async || {
        let _ = harness::unary(&channel, SAY).await;
        let stats = channel.stats();
        let error = stats.endpoints[1].last_error.clone();
        stats.endpoints[1].ready == 0
            && error.is_some_and(|error| error.starts_with(&format!("`{address}`: ")))
            && stats.last_error.is_some()
    })
    .await;
}
