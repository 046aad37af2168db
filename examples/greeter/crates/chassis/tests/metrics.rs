//! What Prometheus is told is what happened.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use chassis::config::{self, Config};
use chassis::policy::Rule;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use harness::{Server, call, echo};

mod harness;

/// The values by name and labels, as a scrape sees them.
fn scrape(server: &Server) -> BTreeMap<String, f64> {
    let text = server.shared.metrics.text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(sample).collect()
}

/// The counts of ended calls, by method and status.
fn ended(server: &Server) -> Vec<(String, f64)> {
    let counts = scrape(server).into_iter();
    counts
        .filter_map(|(name, value)| {
            let labels = name.strip_prefix("grpc_requests_total{method=\"")?;
            let (method, rest) = labels.split_once('"')?;
            let (_, status) = rest.split_once("status=\"")?;
            Some((
                format!("{method} {}", status.trim_end_matches("\"}")),
                value,
            ))
        })
        .collect()
}

/// The value of a metric of the method.
fn of(server: &Server, metric: &str, method: &str) -> f64 {
    let labels = format!("{{method=\"{method}\",service=\"test.Behaviour\"}}");
    scrape(server)[&format!("{metric}{labels}")]
}

#[tokio::test]
async fn however_a_call_ends_it_counts_once() {
    let timeout = Rule {
        methods: "test.Behaviour/Wait".to_owned(),
        timeout: Some(Duration::from_millis(20)),
        ..Rule::default()
    };
    let server = Server::start_with(Config {
        policy: vec![timeout],
        ..Config::default()
    })
    .await;
    server.finish("Answer").await.unwrap();
    for (method, code) in [
        ("Fail", Code::NotFound),
        ("Panic", Code::Internal),
        ("PanicLater", Code::Internal),
        ("Wait", Code::DeadlineExceeded),
    ] {
        assert_eq!(server.finish(method).await.unwrap_err().code(), code);
    }
    // Its caller goes away.
    drop(call(&server.connect().await, "WaitLater").await.unwrap());
    server.settled().await;

    let expected = [
        "Answer OK",
        "Fail NOT_FOUND",
        "Panic INTERNAL",
        "PanicLater INTERNAL",
        "Wait DEADLINE_EXCEEDED",
        "WaitLater CANCELLED",
    ];
    assert_eq!(
        ended(&server),
        expected.map(|labels| (labels.to_owned(), 1.0))
    );
    for (name, value) in scrape(&server) {
        if name.starts_with("grpc_requests_in_flight") {
            assert_eq!(value, 0.0, "{name}");
        }
    }
    assert_eq!(of(&server, "grpc_messages_sent_total", "Answer"), 2.0);
    let count = "grpc_request_duration_seconds_count";
    assert_eq!(of(&server, count, "WaitLater"), 1.0);
    let sum = "grpc_request_duration_seconds_sum";
    assert!(of(&server, sum, "Wait") >= 0.02);
}

#[tokio::test]
async fn a_hundred_unknown_methods_are_one() {
    let server = Server::start(config::Server::default()).await;
    let channel = server.connect().await;
    let before = scrape(&server).len();
    for number in 0..100 {
        let status = call(&channel, &format!("Guess{number}")).await;
        assert_eq!(status.unwrap_err().code(), Code::Unimplemented);
    }
    server.settled().await;
    let expected = ("unknown UNIMPLEMENTED".to_owned(), 100.0);
    assert_eq!(ended(&server), [expected]);
    assert_eq!(scrape(&server).len(), before + 1);
}

#[tokio::test]
async fn the_messages_of_a_stream_count_while_it_is_open() {
    let server = Server::start(config::Server::default()).await;
    let (sender, messages) = mpsc::channel(1);
    let mut echoed = echo(&server.connect().await, ReceiverStream::new(messages)).await;
    for count in [1.0, 2.0, 3.0] {
        sender.send(()).await.unwrap();
        echoed.message().await.unwrap();
        let received = of(&server, "grpc_messages_received_total", "Echo");
        let sent = of(&server, "grpc_messages_sent_total", "Echo");
        assert_eq!((received, sent), (count, count));
        assert_eq!(of(&server, "grpc_requests_in_flight", "Echo"), 1.0);
        assert_eq!(ended(&server), []);
    }
    drop(sender);
    assert!(echoed.message().await.unwrap().is_none());
    server.settled().await;
    assert_eq!(of(&server, "grpc_requests_in_flight", "Echo"), 0.0);
    assert_eq!(ended(&server), [("Echo OK".to_owned(), 1.0)]);
}

#[tokio::test]
async fn connections_count_and_so_do_those_that_fail() {
    let error = |server: &Server, cause: &str| {
        scrape(server)[&format!("grpc_connection_errors_total{{error_type=\"{cause}\"}}")]
    };
    let settings = config::Server {
        handshake_timeout: Duration::from_millis(50),
        ..Default::default()
    };
    let server = Server::start(settings).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    silent.read_u8().await.unwrap_err();
    assert_eq!(error(&server, "preface_timeout"), 1.0);
    assert_eq!(error(&server, "refused_limit"), 0.0);

    let settings = config::Server {
        max_connections: NonZeroUsize::MIN,
        ..Default::default()
    };
    let server = Server::start(settings).await;
    let channel = server.connect().await;
    call(&channel, "Fail").await.unwrap_err();
    let mut refused = TcpStream::connect(server.address).await.unwrap();
    refused.read_u8().await.unwrap_err();
    assert_eq!(error(&server, "preface_timeout"), 0.0);
    assert_eq!(error(&server, "refused_limit"), 1.0);
    let scraped = scrape(&server);
    assert_eq!(scraped["grpc_active_connections"], 1.0);
    assert_eq!(scraped["grpc_connections_total"], 1.0);
}

#[tokio::test]
async fn the_process_and_its_runtime_are_told() {
    let server = Server::start(config::Server::default()).await;
    let scraped = scrape(&server);
    assert_eq!(scraped["tokio_workers"], 1.0);
    assert!(scraped["tokio_alive_tasks"] >= 1.0);
    assert!(
        scraped
            .keys()
            .any(|name| name.starts_with("build_info{version="))
    );
    #[cfg(target_os = "linux")]
    for name in [
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_threads",
    ] {
        assert!(scraped.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn servers_of_one_process_count_apart() {
    let (one, other) = (
        Server::start(config::Server::default()).await,
        Server::start(config::Server::default()).await,
    );
    one.finish("Answer").await.unwrap();
    one.settled().await;
    assert_eq!(ended(&one), [("Answer OK".to_owned(), 1.0)]);
    assert_eq!(ended(&other), []);
}
