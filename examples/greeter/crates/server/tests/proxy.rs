//! nginx knows every method, and waits longer for each than the server lets it take.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use chassis::call::Method;
use chassis::config::Config;
use harness::command::with_defaults;

mod harness;

/// How long nginx waits for each method, by its full name.
fn waits() -> BTreeMap<String, Duration> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/nginx/methods.conf");
    let text = fs::read_to_string(file).unwrap();
    let locations = text.split("location = /").skip(1);
    let waits = locations.filter_map(|location| {
        let name = location.split(' ').next()?;
        let wait = location.split("grpc_read_timeout ").nth(1)?;
        let seconds = wait.split("s;").next()?.parse().unwrap();
        Some((name.to_owned(), Duration::from_secs(seconds)))
    });
    waits.collect()
}

#[test]
fn the_server_ends_a_call_before_nginx_does() {
    let output = with_defaults(&["check-config", "--format", "json"])
        .output()
        .unwrap();
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let waits = waits();
    let methods = harness::methods();
    let methods: BTreeSet<_> = methods.known().map(Method::full_name).collect();
    assert!(methods.iter().copied().eq(waits.keys()), "{waits:?}");
    for (name, wait) in waits {
        // What has no limit may be silent for a day.
        let longest = match all["methods"][&name]["timeout"].as_str() {
            Some(text) => time(text),
            None => Duration::from_secs(86_399),
        };
        assert!(wait > longest, "{name}: nginx waits for {wait:?} only");
    }
}

/// A time as settings have it.
fn time(text: &str) -> Duration {
    let deadline = serde_json::json!({ "deadline": { "unary": text } });
    let config: Config = serde_json::from_value(deadline).unwrap();
    config.deadline.unary
}
