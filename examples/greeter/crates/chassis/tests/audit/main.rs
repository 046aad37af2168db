//! However a call ends, it is audited once; whatever happens to the disk, calls go on.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![cfg_attr(not(unix), allow(unused, reason = "there are no pipes elsewhere"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chassis::config::Config;
use chassis::observe::AuditCounts;
use serde_json::Value;

use harness::Server;
use harness::wait::within;

#[path = "../harness/mod.rs"]
mod harness;
mod records;
mod trouble;

/// A folder of a test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("audit-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

async fn start(file: &Path) -> Server {
    start_with(file, Config::default()).await
}

async fn start_with(file: &Path, mut config: Config) -> Server {
    config.audit.file = file.to_owned();
    Server::start_with(config).await
}

/// Ends the audit and reads what it has written.
async fn records(server: &Server, file: &Path) -> Vec<Value> {
    server.settled().await;
    server.shared.audit.close().await;
    lines(&fs::read_to_string(file).unwrap())
}

fn lines(text: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}

/// Waits until the counts are as they should be.
async fn until(server: &Server, wanted: impl Fn(AuditCounts) -> bool) {
    let counts = || server.shared.audit.counts();
    let waited = within(Duration::from_secs(60), async || wanted(counts())).await;
    assert!(waited.is_ok(), "{:?}", counts());
}
