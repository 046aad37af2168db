//! Each end of a call, and what is told of it.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use chassis::config::{self, Config};
use chassis::observe::AuditCounts;
use serde_json::{Value, json};
use tonic::Code;

use super::harness::call;
use super::harness::wait::abandon;
use super::{folder, records, start, start_with};

#[tokio::test]
async fn every_end_is_one_record() {
    let file = folder("ends").join("audit.jsonl");
    let mut config = Config::default();
    config.deadline.streaming = Duration::from_millis(200);
    let server = start_with(&file, config).await;
    let expected = [
        ("Answer", "OK", 2, Value::Null),
        ("Fail", "NOT_FOUND", 0, "nothing here".into()),
        (
            "NoSuch",
            "UNIMPLEMENTED",
            0,
            "unknown method /test.Behaviour/NoSuch".into(),
        ),
        ("Panic", "INTERNAL", 0, "internal error".into()),
        ("PanicLater", "INTERNAL", 1, "internal error".into()),
        (
            "Wait",
            "DEADLINE_EXCEEDED",
            0,
            "the deadline has passed".into(),
        ),
        (
            "WaitLater",
            "DEADLINE_EXCEEDED",
            1,
            "the deadline has passed".into(),
        ),
    ];
    for (method, code, ..) in &expected {
        let ended = server.finish(method).await;
        assert_eq!(ended.is_ok(), *code == "OK", "{method}");
    }
    let records = records(&server, &file).await;
    assert_eq!(records.len(), expected.len());
    for (record, (method, code, sent, error)) in records.iter().zip(expected) {
        let full_name = match method {
            "NoSuch" => "unknown".to_owned(),
            _ => format!("test.Behaviour/{method}"),
        };
        assert_eq!(record["method"], full_name);
        assert_eq!(record["code"], code, "{method}");
        assert_eq!(record["success"], code == "OK", "{method}");
        assert_eq!(record["messages_sent"], sent, "{method}");
        assert_eq!(record["error"], error, "{method}");
        assert_eq!(
            (&record["user_id"], &record["detail"]),
            (&Value::Null, &Value::Null)
        );
        assert!(
            record["remote_address"]
                .as_str()
                .unwrap()
                .starts_with("127.0.0.1:")
        );
        assert!(record["user_agent"].as_str().unwrap().starts_with("tonic/"));
        assert_eq!(record["request_id"].as_str().unwrap().len(), 32);
        assert!(record["timestamp"].as_str().unwrap().ends_with('Z'));
        assert!(record["duration_ms"].is_f64());
        // What the handler adds, which the log tells as well.
        let fields = match method {
            "Answer" => json!({"note": "answered"}),
            _ => json!({}),
        };
        assert_eq!(record["fields"], fields, "{method}");
    }
    let counts = AuditCounts {
        written: 7,
        ..AuditCounts::default()
    };
    assert_eq!(server.shared.audit.counts(), counts);
}

#[tokio::test]
async fn a_caller_that_goes_away_is_recorded() {
    let file = folder("gone").join("audit.jsonl");
    let server = start(&file).await;
    for method in ["Wait", "WaitLater"] {
        abandon(&server, server.finish(method)).await;
        server.settled().await;
    }
    let records = records(&server, &file).await;
    let codes: Vec<_> = records.iter().map(|record| &record["code"]).collect();
    assert_eq!(codes, ["CANCELLED", "CANCELLED"]);
    assert_eq!(records[1]["error"], "the caller went away");
}

#[tokio::test]
async fn a_refusal_is_recorded_with_what_the_caller_is_not_told() {
    let file = folder("refused").join("audit.jsonl");
    let mut config = Config::default();
    config.load_shedding.streams = NonZeroUsize::MIN;
    let server = start_with(&file, config).await;
    let channel = server.connect().await;
    let first = call(&channel, "WaitLater").await.unwrap();
    let status = call(&channel, "Answer").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    drop(first);
    let records = records(&server, &file).await;
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["code"], "RESOURCE_EXHAUSTED");
    assert_eq!(records[0]["error"], status.message());
    assert_eq!(records[0]["detail"], "too many streams");
}

#[tokio::test]
async fn only_the_metadata_that_is_wanted_is_recorded() {
    let file = folder("metadata").join("audit.jsonl");
    let names = json!({ "metadata": ["user-agent", "X-Absent", "content-type"] });
    let config = Config {
        audit: serde_json::from_value(names).unwrap(),
        ..Config::default()
    };
    let server = start_with(&file, config).await;
    server.finish("Answer").await.unwrap();
    let record = &records(&server, &file).await[0];
    let expected = json!({
        "content-type": "application/grpc",
        "user-agent": record["user_agent"],
    });
    assert_eq!(record["metadata"], expected);
}

#[test]
fn metadata_with_secrets_is_refused_at_its_place() {
    let file = folder("secrets").join("settings.yaml");
    fs::write(&file, "audit:\n  metadata: [x-tenant, Authorization]\n").unwrap();
    let error = config::Source::new(&file, "audit-test").load().unwrap_err();
    let fault = &error.faults()[0];
    assert!(fault.place.contains("settings.yaml:2:"), "{error}");
    let expected = "the header `authorization` may carry a secret";
    assert!(fault.message.contains(expected), "{error}");
}
