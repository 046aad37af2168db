//! What a changed proto breaks has the names that buf gives it, and buf agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use protosmith::evolution::{Breaks, Change, Protos, compare};
use protosmith::proto::compile_embedded;

use crate::command::complaints;
use crate::workspace::slow;
use pairs::PAIRS;
use random::bodies;

mod pairs;
mod random;

/// A whole proto: `2` in front is proto2.
fn proto(n: usize, body: &str) -> String {
    let (syntax, body) = match body.strip_prefix("2 ") {
        Some(body) => ("proto2", body),
        None => ("proto3", body),
    };
    format!("syntax = \"{syntax}\";\npackage p{n};\n{body}\n")
}

fn changes(before: &str, after: &str) -> Vec<Change> {
    let protos = |text: &str| {
        let compiled = compile_embedded("a.proto", text);
        Protos::new(&compiled.unwrap_or_else(|error| panic!("{error}\n{text}")))
    };
    compare(&protos(before), &protos(after)).expect("compared")
}

/// Rules, each with the widest circle of who notices.
fn rules(changes: &[Change]) -> BTreeMap<&'static str, Breaks> {
    let mut rules = BTreeMap::new();
    for change in changes {
        if let Some(rule) = change.rule {
            let widest = rules.entry(rule).or_insert(change.breaks);
            *widest = change.breaks.max(*widest);
        }
    }
    rules
}

#[test]
fn changes_have_the_names_of_bufs_rules() {
    for (n, (before, after, expected)) in PAIRS.iter().enumerate() {
        let changes = changes(&proto(n, before), &proto(n, after));
        let found = rules(&changes).into_iter();
        let found: Vec<_> = found
            .map(|(rule, breaks)| format!("{rule} {}", breaks.name()))
            .collect();
        assert_eq!(found, *expected, "{before} → {after}: {changes:#?}");
    }
}

/// What buf says of the pairs by these rules: the rules that each breaks.
fn judged(
    buf: &std::ffi::OsStr,
    folder: &Path,
    category: &str,
) -> BTreeMap<usize, BTreeSet<String>> {
    let config = format!("{{\"version\":\"v2\",\"breaking\":{{\"use\":[\"{category}\"]}}}}");
    let output = Command::new(buf)
        .args([
            "breaking",
            ".",
            "--against",
            "../before",
            "--error-format",
            "json",
            "--config",
            &config,
        ])
        .current_dir(folder.join("after"))
        .output()
        .expect("buf runs");
    let said = complaints(&output);
    assert!(matches!(output.status.code(), Some(0 | 100)), "{said}");
    let mut rules: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let told: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        // Nobody wrote the message that stands for an entry of a map: its name is nowhere.
        let message = told["message"].as_str().expect("a message");
        if message.contains("Entry\" was deleted") || message.contains("Entry\" to \"") {
            continue;
        }
        let path = told["path"].as_str().expect("a path");
        let n = path
            .rsplit('/')
            .next()
            .and_then(|name| name.strip_prefix('p')?.strip_suffix(".proto"));
        let n = n.and_then(|n| n.parse().ok()).expect("one of ours");
        rules
            .entry(n)
            .or_default()
            .insert(told["type"].as_str().expect("a rule").to_owned());
    }
    rules
}

#[test]
fn buf_agrees() {
    if !slow("buf's verdict on pairs of protos") {
        return;
    }
    let Some(buf) = std::env::var_os("PROTOSMITH_BUF") else {
        eprintln!("skipped: buf's verdict on pairs of protos (set PROTOSMITH_BUF to the program)");
        return;
    };
    let mut runner = TestRunner::deterministic();
    let body = |runner: &mut TestRunner| bodies().new_tree(runner).expect("a value").current();
    let mut pairs: Vec<(String, String)> = PAIRS
        .iter()
        .map(|(before, after, _)| ((*before).to_owned(), (*after).to_owned()))
        .collect();
    pairs.extend((0..500).map(|_| (body(&mut runner), body(&mut runner))));

    let folder = tempfile::tempdir().expect("a folder");
    for (n, (before, after)) in pairs.iter().enumerate() {
        for (side, text) in [("before", before), ("after", after)] {
            let path = folder.path().join(side).join(format!("p{n}.proto"));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, proto(n, text)).expect("written");
        }
    }
    let by_file = judged(&buf, folder.path(), "FILE");
    let wider = [
        ("PACKAGE", Breaks::Code),
        ("WIRE_JSON", Breaks::Json),
        ("WIRE", Breaks::Wire),
    ];
    let wider =
        wider.map(|(category, breaks)| (category, breaks, judged(&buf, folder.path(), category)));
    for (n, (before, after)) in pairs.iter().enumerate() {
        let changes = changes(&proto(n, before), &proto(n, after));
        let ours: BTreeSet<_> = rules(&changes).into_keys().map(str::to_owned).collect();
        let theirs = by_file.get(&n).cloned().unwrap_or_default();
        assert_eq!(ours, theirs, "\n{before}\n→\n{after}\n{changes:#?}");
        for (category, breaks, verdicts) in &wider {
            let broken = changes.iter().any(|change| change.breaks >= *breaks);
            assert_eq!(
                broken,
                verdicts.contains_key(&n),
                "{category}: {:?}\n{before}\n→\n{after}\n{changes:#?}",
                verdicts.get(&n)
            );
        }
    }
}
