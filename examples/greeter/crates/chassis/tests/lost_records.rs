//! Records that the audit loses are told to Prometheus.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use chassis::config::Config;
use chassis::observe::AuditCounts;

use harness::{Server, call};

mod harness;

#[tokio::test]
async fn what_the_audit_loses_is_a_metric() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.audit.file = folder.path().join("audit.jsonl");
    let server = Server::start_with(config).await;
    let channel = server.connect().await;
    // The file goes away, and cannot be made again.
    folder.close().unwrap();
    for _ in 0..3 {
        call(&channel, "Fail").await.unwrap_err();
    }
    server.settled().await;
    server.shared.audit.close().await;
    let expected = AuditCounts {
        failed: 3,
        ..AuditCounts::default()
    };
    assert_eq!(server.shared.audit.counts(), expected);
    let text = server.shared.metrics.text();
    for line in [
        "audit_records_written_total 0",
        "audit_records_dropped_total 0",
        "audit_records_failed_total 3",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
