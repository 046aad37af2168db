//! Who has no other name is audited by the name in the certificate.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use chassis::config::TlsMode;
use serde_json::Value;

use authority::Authority;
use client::Client;
use harness::{Server, call};

#[path = "tls/authority.rs"]
mod authority;
#[allow(dead_code, reason = "what fails is tested with the rest of TLS")]
#[path = "tls/client.rs"]
mod client;
mod harness;

#[tokio::test]
async fn a_caller_is_recorded_by_its_certificate() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let mut config = authority.settings("audited", TlsMode::Mutual);
    config.audit.file = folder.path().join("audit.jsonl");
    let file = config.audit.file.clone();
    let server = Server::start_with(config).await;
    let client = Client::of(&authority);
    let callers = ["spiffe://acme/orders", "stock.acme.example"];
    for caller in callers {
        let client = client.with(authority.issue(&[caller], 0));
        let channel = client.channel(server.address).await.unwrap();
        call(&channel, "Fail").await.unwrap_err();
    }
    server.settled().await;
    server.shared.audit.close().await;
    let text = std::fs::read_to_string(file).unwrap();
    let record = |line| serde_json::from_str::<Value>(line).unwrap();
    let records: Vec<_> = text.lines().map(record).collect();
    let names = records.iter().map(|record| &record["user_id"]);
    assert!(names.eq(callers), "{text}");
}
