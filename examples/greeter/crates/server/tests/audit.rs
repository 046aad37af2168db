//! The audit of the binary: whole lines beside the log, and everything written at the end.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use serde_json::Value;
use tonic::{Code, Request};

use harness::Client;
use harness::bytes_codec::BytesCodec;
use harness::command::{FOLDER, variable, with_defaults};
use harness::process::Process;

mod harness;

/// How often the server is called, all at once.
const CALLS: usize = 200;

/// The binary with its audit in `file`.
fn binary(file: &Path) -> Command {
    let mut command = with_defaults(&[]);
    command
        .env(variable("LOGGING__LEVEL"), "info,chassis=debug")
        .env(variable("AUDIT__FILE"), file);
    command
}

/// Starts the server, calls it, ends it by a signal; what it wrote to standard output.
async fn run(file: &Path) -> Vec<Value> {
    let mut server = Process::start(binary(file));
    let client = Client::connect(server.address("listening")).await;
    let calls = (0..CALLS).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            let nothing = Request::new(tokio_stream::empty::<Bytes>());
            let answer = client.call("/no.such.Service/Method", BytesCodec, nothing);
            assert_eq!(answer.await.unwrap_err().code(), Code::Unimplemented);
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    server.signal("-TERM");
    assert_eq!(server.ended(), Some(0));
    let lines = server.lines();
    lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// The request ids of the lines that `is` wants, sorted.
fn ids(lines: &[Value], is: impl Fn(&Value) -> bool) -> Vec<&str> {
    let lines = lines.iter().filter(|line| is(line));
    let mut ids: Vec<_> = lines
        .map(|line| line["request_id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

fn is_logged(line: &Value) -> bool {
    line["message"] == "call ended"
}

fn is_audited(line: &Value) -> bool {
    line.get("success").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_has_whole_lines_of_log_and_audit() {
    let lines = run(Path::new("")).await;
    let audited = ids(&lines, is_audited);
    assert_eq!(audited.len(), CALLS);
    assert_eq!(audited, ids(&lines, is_logged));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_in_the_file_when_the_server_has_ended() {
    let file = Path::new(FOLDER).join("audit.jsonl");
    let _ = fs::remove_file(&file);
    let lines = run(&file).await;
    assert_eq!(ids(&lines, is_audited), [""; 0]);
    let text = fs::read_to_string(&file).unwrap();
    let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let records: Vec<Value> = records.collect();
    assert_eq!(ids(&records, is_audited), ids(&lines, is_logged));
    assert_eq!(records.len(), CALLS);
}

#[test]
fn a_folder_that_is_missing_is_bad_configuration() {
    let file = PathBuf::from("no/such/folder/audit.jsonl");
    let output = binary(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8(output.stdout).unwrap();
    let expected = "`audit.file`: cannot open `no/such/folder/audit.jsonl`: No such file";
    assert!(said.contains(expected), "{said}");
}
