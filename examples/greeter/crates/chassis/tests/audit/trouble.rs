//! Disks that are full, slow or gone: they cost records, never a call.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use chassis::config::Config;
use chassis::observe::AuditCounts;
use serde_json::Value;

use super::harness::log::Log;
use super::{folder, lines, records, start, start_with, until};

/// What all tests of this file log, whichever thread logs it; each looks for its own.
static LOG: LazyLock<Log> = LazyLock::new(Log::capture_all);

/// The events of one file with this message, in their order.
fn told(file: &Path, message: &str) -> Vec<Value> {
    let mut events = LOG.events(message);
    events.retain(|event| event["output"] == *file.to_str().unwrap());
    events
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_never_comes_costs_records_but_no_call() {
    const CALLS: u64 = 50;

    LazyLock::force(&LOG);
    let pipe = folder("pipe").join("audit.pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut config = Config::default();
    config.audit.buffer = NonZeroUsize::new(10).unwrap();
    let server = start_with(&pipe, config).await;
    for _ in 0..CALLS {
        server.finish("Answer").await.unwrap();
    }
    server.settled().await;
    let counts = server.shared.audit.counts();
    // The queue holds 10; the writer took as many as there were when it looked.
    assert!(counts.dropped >= CALLS - 20, "{counts:?}");
    assert_eq!((counts.written, counts.failed), (0, 0));

    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    let lost = "audit records were dropped: the queue was full";
    until(&server, |_| !LOG.events(lost).is_empty()).await;
    server.shared.audit.close().await;
    let counts = server.shared.audit.counts();
    assert_eq!(counts.written + counts.dropped, CALLS);
    assert_eq!(lines(&reader.join().unwrap()).len() as u64, counts.written);
    let events = LOG.events(lost);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["level"], "WARN");
    assert_eq!(events[0]["lost"], counts.dropped);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_costs_records_but_no_call() {
    LazyLock::force(&LOG);
    let full = Path::new("/dev/full");
    let server = start(full).await;
    for _ in 0..20 {
        server.finish("Answer").await.unwrap();
    }
    until(&server, |counts| counts.failed > 0).await;
    server.finish("Answer").await.unwrap();
    server.settled().await;
    server.shared.audit.close().await;
    let counts = AuditCounts {
        failed: 21,
        ..AuditCounts::default()
    };
    assert_eq!(server.shared.audit.counts(), counts);
    let began = told(full, "the audit cannot be written");
    assert_eq!(began.len(), 1);
    assert!(began[0]["error"].as_str().unwrap().contains("No space"));
    let ended = told(full, "the audit could not be written");
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["lost"], 21);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_vanishes_and_comes_back_is_survived() {
    LazyLock::force(&LOG);
    let sub = folder("vanishing").join("sub");
    let file = sub.join("audit.jsonl");
    fs::create_dir(&sub).unwrap();
    let server = start(&file).await;
    for round in 1..=2 {
        server.finish("Answer").await.unwrap();
        until(&server, |counts| counts.written == round * 2 - 1).await;
        fs::remove_dir_all(&sub).unwrap();
        for _ in 0..2 {
            let before = server.shared.audit.counts().failed;
            server.finish("Answer").await.unwrap();
            until(&server, |counts| counts.failed > before).await;
        }
        fs::create_dir(&sub).unwrap();
        server.finish("Fail").await.unwrap_err();
        until(&server, |counts| counts.written == round * 2).await;
    }
    let records = records(&server, &file).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["code"], "NOT_FOUND");
    assert_eq!(told(&file, "the audit cannot be written").len(), 2);
    let again = told(&file, "the audit is written again");
    let lost: Vec<_> = again.iter().map(|event| &event["lost"]).collect();
    assert_eq!(lost, [2, 2]);
}

/// Runs itself where no file can be larger than 8 KiB: there a write fails halfway, as on a full
/// disk.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_write_that_fails_halfway_leaves_whole_lines() {
    const INSIDE: &str = "AUDIT_TEST_INSIDE";

    if std::env::var_os(INSIDE).is_none() {
        let limited = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
        let name = "trouble::a_write_that_fails_halfway_leaves_whole_lines";
        let mut command = Command::new("sh");
        command.args(["-c", limited, "sh"]);
        command.arg(std::env::current_exe().unwrap());
        command.args(["--exact", name]).env(INSIDE, "1");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        return assert!(said.contains("1 passed"), "{output:?}");
    }
    let folder = folder("halfway");
    let file = folder.join("audit.jsonl");
    let server = start(&file).await;
    let mut calls = 0;
    while server.shared.audit.counts().failed == 0 {
        server.finish("Answer").await.unwrap();
        calls += 1;
        until(&server, |counts| counts.written + counts.failed == calls).await;
    }
    let written = server.shared.audit.counts().written;
    let aside = folder.join("aside.jsonl");
    fs::rename(&file, &aside).unwrap();
    let whole = fs::read_to_string(&aside).unwrap();
    assert!(whole.ends_with("}\n") && whole.len() <= 16 << 10);
    assert_eq!(lines(&whole).len() as u64, written);

    // The next file has room.
    server.finish("Fail").await.unwrap_err();
    until(&server, |counts| counts.written == written + 1).await;
    assert_eq!(records(&server, &file).await.len(), 1);
}
