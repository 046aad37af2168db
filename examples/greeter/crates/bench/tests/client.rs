//! The load of the client's benchmark: an open loop begins what it is told to, and its figures are whole.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Command;

use serde_json::Value;

/// Runs the benchmark for a second; returns the figures of each client.
fn figures(options: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.json");
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["client", "throughput", "--rounds", "1", "--seconds", "1"])
        .args(["--ways", "channel,pool", "--callers", "8"])
        .args(options)
        .arg("--json")
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.lines().count(), 1 + 2, "{table}");
    let figures: Vec<Value> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let names = figures.iter().map(|figures| &figures["client"]);
    assert!(names.eq(["channel", "pool"]), "{figures:?}");
    for figures in &figures {
        let latency = |name: &str| figures["latency"][name].as_u64().unwrap();
        let rising = ["p50", "p90", "p99", "p99.9"].map(latency);
        assert!(rising.is_sorted(), "{figures}");
        assert!(rising[3] <= figures["max"].as_u64().unwrap(), "{figures}");
    }
    figures
}

#[test]
fn an_open_loop_begins_every_call_that_is_due() {
    for kind in ["unary", "stream"] {
        for figures in figures(&["--kind", kind, "--rate", "300"]) {
            assert_eq!(figures["calls"], 300, "{kind}: {figures}");
        }
    }
}

#[test]
fn a_closed_loop_counts_its_calls() {
    let all = figures(&[]);
    assert_eq!(all[0]["ratio"], 1.0);
    for figures in &all {
        assert!(figures["calls"].as_u64() >= Some(8), "{figures}");
    }
}
