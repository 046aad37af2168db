//! `SayHello` of the sample, called by curl and h2load.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{succeeds, text};

/// The message of Ada's call, with its prefix.
const ADA: &[u8] = b"\0\0\0\0\x05\x0a\x03Ada";

/// A program, and the file with the message, which goes with the first value.
fn caller(program: &str) -> (TempDir, String, Command) {
    let folder = tempfile::tempdir().expect("a folder");
    let body = folder.path().join("request");
    std::fs::write(&body, ADA).expect("written");
    let mut command = Command::new(program);
    command.args(["-H", "content-type: application/grpc", "-H", "te: trailers"]);
    (folder, body.display().to_string(), command)
}

fn method(server: &str) -> String {
    format!("{server}/greeter.v1.Greeter/SayHello")
}

/// A call by curl, with options, of a server such as `https://localhost:8443`.
pub(crate) fn call(server: &str, certificate: &Path, options: &[&str]) {
    let (_folder, body, mut curl) = caller("curl");
    curl.args(["-sS", "--http2", "--cacert"])
        .arg(certificate)
        .args(options)
        .args(["--data-binary", &format!("@{body}"), &method(server)]);
    let answer = succeeds(&mut curl);
    assert!(answer.stdout.ends_with(b"Ada!"), "{answer:?}");
}

/// That many calls by h2load, with options, as fast as they go; gives what it says of them.
pub(crate) fn load(server: &str, calls: u64, options: &[&str]) -> String {
    let (_folder, body, mut h2load) = caller("h2load");
    h2load
        .args(["-n", &calls.to_string()])
        .args(options)
        .args(["-d", &body, &method(server)]);
    text(&succeeds(&mut h2load))
}
