//! Profile, samples of errors and slow calls tell what happened.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use chassis::config::{self, Config};
use chassis::observe::{CodeReport, MethodReport};
use chassis::policy::Rule;
use tonic::Code;

use harness::log::Log;
use harness::{Server, call};

mod harness;

/// What the profile tells of the method.
fn profile(server: &Server, method: &str) -> MethodReport {
    let mut report = server.shared.profile.report().into_iter();
    report.find(|report| report.method == method).unwrap()
}

/// What is told of the calls that ended with the code.
fn errors(server: &Server, code: &str) -> CodeReport {
    let mut report = server.shared.errors.report().into_iter();
    report.find(|report| report.code == code).unwrap()
}

fn rule(method: &str, timeout: Option<u64>, slow: Option<u64>) -> Rule {
    Rule {
        methods: format!("test.Behaviour/{method}"),
        timeout: timeout.map(Duration::from_millis),
        slow: slow.map(Duration::from_millis),
        ..Rule::default()
    }
}

async fn start(policy: Vec<Rule>) -> Server {
    Server::start_with(Config {
        policy,
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn every_end_of_a_call_is_in_the_profile() {
    let server = start(vec![rule("Wait", Some(20), None)]).await;
    for _ in 0..3 {
        server.finish("Answer").await.unwrap();
    }
    for (method, code) in [
        ("Fail", Code::NotFound),
        ("Panic", Code::Internal),
        ("PanicLater", Code::Internal),
        ("Wait", Code::DeadlineExceeded),
        ("Guess", Code::Unimplemented),
    ] {
        assert_eq!(server.finish(method).await.unwrap_err().code(), code);
    }
    let waiting = call(&server.connect().await, "WaitLater").await.unwrap();
    let later = profile(&server, "WaitLater");
    assert_eq!((later.in_flight, later.calls), (1, 0));
    // Its caller goes away.
    drop(waiting);
    server.settled().await;

    let answer = profile(&server, "Answer");
    assert_eq!((answer.calls, answer.errors, answer.in_flight), (3, 0, 0));
    assert!(answer.last_error.is_none());
    assert!(answer.per_second > 0.0);
    assert!(
        answer.min_ms > 0.0 && answer.min_ms <= answer.p50_ms && answer.p50_ms <= answer.max_ms
    );
    for (method, code) in [
        ("Fail", "NOT_FOUND"),
        ("Panic", "INTERNAL"),
        ("PanicLater", "INTERNAL"),
        ("Wait", "DEADLINE_EXCEEDED"),
        ("WaitLater", "CANCELLED"),
        ("unknown", "UNIMPLEMENTED"),
    ] {
        let report = profile(&server, method);
        assert_eq!((report.calls, report.errors), (1, 1), "{method}");
        assert_eq!((report.error_rate, report.in_flight), (1.0, 0), "{method}");
        let error = report.last_error.unwrap();
        assert_eq!(error.code, code, "{method}");
        assert!(error.time.ends_with('Z'));
    }
    assert!(profile(&server, "Wait").min_ms >= 20.0);
}

#[tokio::test]
async fn a_failure_leaves_a_sample() {
    let server = start(Vec::new()).await;
    server.finish("Answer").await.unwrap();
    let status = server.finish("Fail").await.unwrap_err();
    server.settled().await;

    assert_eq!(server.shared.errors.report().len(), 1);
    let errors = errors(&server, "NOT_FOUND");
    assert_eq!((errors.count, &*errors.last_message), (1, "nothing here"));
    assert_eq!(errors.first_seen, errors.last_seen);
    let sample = &errors.samples[0];
    assert_eq!(sample.method, "test.Behaviour/Fail");
    assert!(sample.peer.ip().is_loopback());
    assert!(sample.user_agent.starts_with("tonic/"));
    assert_eq!(sample.message, "nothing here");
    let id = status.metadata().get("x-request-id").unwrap();
    assert_eq!(sample.request_id, id.to_str().unwrap());
}

#[tokio::test]
async fn guesses_leave_ten_samples() {
    let server = start(Vec::new()).await;
    let channel = server.connect().await;
    for number in 0..100 {
        let status = call(&channel, &format!("Guess{number}")).await;
        assert_eq!(status.unwrap_err().code(), Code::Unimplemented);
    }
    server.settled().await;
    let errors = errors(&server, "UNIMPLEMENTED");
    assert_eq!((errors.count, errors.samples.len()), (100, 10));
    assert!(errors.samples[0].message.ends_with("Guess99"));
    assert!(
        errors
            .samples
            .iter()
            .all(|sample| sample.method == "unknown")
    );
    assert_eq!(profile(&server, "unknown").calls, 100);
}

#[tokio::test]
async fn a_slow_call_is_logged_with_what_helps() {
    let (log, _guard) = Log::capture();
    // Each is cut after 20 ms; only the first takes longer than it should.
    let server = start(vec![
        rule("Wait", Some(20), Some(1)),
        rule("WaitLater", Some(20), Some(0)),
        rule("Fail", None, Some(60_000)),
    ])
    .await;
    for method in ["Wait", "WaitLater", "Fail"] {
        server.finish(method).await.unwrap_err();
    }
    server.settled().await;

    let [slow] = &log.events("slow call")[..] else {
        panic!("one slow call: {:?}", log.events("slow call"));
    };
    assert_eq!(
        (&slow["level"], &slow["code"]),
        (&"WARN".into(), &"DEADLINE_EXCEEDED".into())
    );
    assert_eq!(slow["method"], "test.Behaviour/Wait");
    assert_eq!(slow["threshold_ms"], 1.0);
    assert!(slow["duration_ms"].as_f64().unwrap() >= 20.0);
    assert_eq!(
        slow["request_id"],
        log.events("call ended")[0]["request_id"]
    );
    assert!(slow["peer"].is_string());
    #[cfg(target_os = "linux")]
    assert!(slow["resident_bytes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_stream_may_take_its_time_unless_its_policy_says_otherwise() {
    let (log, _guard) = Log::capture();
    let server = Server::start_with(Config {
        policy: vec![rule("Wait", Some(20), None)],
        diagnostics: config::Diagnostics {
            slow: Duration::from_millis(1),
        },
        ..Config::default()
    })
    .await;
    server.finish("Wait").await.unwrap_err();
    server.settled().await;
    assert!(log.events("slow call").is_empty());
}
