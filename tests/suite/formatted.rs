//! Rendered code is as rustfmt leaves it, and manifests are sorted, for every feature set and every proto.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use protosmith::feature::{Choice, Preset};
use protosmith::tree::Tree;
use protosmith::{Request, template};

use crate::sets::{self, Set};
use crate::workspace::{repository, slow};

/// Every `.rs` file that occurs, once for each content.
#[derive(Default)]
struct Sources(BTreeMap<Vec<u8>, String>);

impl Sources {
    fn add(&mut self, from: &str, tree: &Tree) {
        for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with(".rs")) {
            self.0
                .entry(bytes.to_vec())
                .or_insert_with(|| format!("{path} of {from}"));
        }
    }

    fn check(&self) {
        for (source, name) in &self.0 {
            let mut rustfmt = Command::new("rustfmt")
                // Not `--check`: of standard input, it says what differs and succeeds.
                .args(["--edition", "2024", "--config-path"])
                .arg(repository("template/rustfmt.toml"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("rustfmt is part of the toolchain");
            let mut input = rustfmt.stdin.take().expect("stdin is piped");
            let text = source.clone();
            let writer = std::thread::spawn(move || input.write_all(&text));
            let output = rustfmt.wait_with_output().expect("rustfmt runs");
            writer.join().expect("no panic").expect("rustfmt reads all");
            assert!(output.status.success(), "{name} is not Rust");
            let (source, formatted) = (
                String::from_utf8_lossy(source),
                String::from_utf8_lossy(&output.stdout),
            );
            let differs = source
                .lines()
                .zip(formatted.lines())
                .enumerate()
                .find(|(_, (ours, theirs))| ours != theirs);
            assert!(source == formatted, "{name}: {differs:?}");
        }
    }
}

/// All features.
fn all() -> Set {
    let features = sets::manifest().features;
    features.into_iter().map(|feature| feature.name).collect()
}

fn request(features: Set, protos: Vec<PathBuf>) -> Request {
    let choice = Choice {
        preset: Preset::Minimal,
        with: features.into_iter().collect(),
        without: Vec::new(),
    };
    Request {
        name: "greeter".to_owned(),
        choice,
        protos,
        includes: Vec::new(),
    }
}

#[test]
fn the_sample_is_formatted_with_every_feature_set() {
    let mut sources = Sources::default();
    let manifest = sets::manifest();
    let mut sets = sets::every_pair(&manifest);
    if slow("formatting whatever a composition file can be like") {
        sets.extend(sets::every_composition(&manifest, &template::embedded()));
    }
    for set in sets {
        let name = format!("the sample with {set:?}");
        let rendered = protosmith::render(&request(set, Vec::new())).expect("the sample renders");
        sources.add(&name, &rendered.tree);
        sorted(&name, &rendered.tree);
    }
    assert!(sources.0.len() > 20, "only {} files", sources.0.len());
    sources.check();
}

#[test]
fn every_shape_of_proto_is_formatted() {
    let mut sources = Sources::default();
    let all = all();
    for entry in std::fs::read_dir(repository("tests/protos/shapes")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "proto")
            && let Ok(rendered) = protosmith::render(&request(all.clone(), vec![path.clone()]))
        {
            sources.add(&path.display().to_string(), &rendered.tree);
        }
    }
    assert!(sources.0.len() > 40, "only {} files", sources.0.len());
    sources.check();
}

/// Names of any length, and many of them.
#[test]
fn names_of_any_length_are_formatted() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut proto = String::from("syntax = \"proto3\";\npackage a.v1;\n");
    for n in [1, 10, 20, 30, 36, 40, 44, 48, 60, 90, 150, 300] {
        let name = |letter: &str| format!("{letter}{}", "x".repeat(n - 1));
        proto += &format!(
            "message {m} {{}}\nservice E{s} {{}}\nservice {s} {{\n",
            m = name("M"),
            s = name("S")
        );
        for (k, (request, response)) in [
            ("", ""),
            ("stream ", ""),
            ("", "stream "),
            ("stream ", "stream "),
        ]
        .iter()
        .enumerate()
        {
            proto += &format!(
                "  rpc {c}{k} ({request}{m}) returns ({response}{m});\n",
                c = name("C"),
                m = name("M")
            );
        }
        proto += "}\n";
    }
    let path = folder.path().join("long.proto");
    std::fs::write(&path, proto).expect("written");
    let all = all();
    let mut sources = Sources::default();
    sources.add(
        "long names",
        &protosmith::render(&request(all, vec![path]))
            .expect("it renders")
            .tree,
    );
    sources.check();
}

/// Dependencies are in order, as a reviewer and `cargo sort` expect them.
fn sorted(name: &str, tree: &Tree) {
    for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let mut last: Option<&str> = None;
        for line in text.lines() {
            if line.starts_with('[') {
                last = None;
                continue;
            }
            let Some((key, _)) = line.split_once([' ', '.', '=']) else {
                last = None;
                continue;
            };
            if line.starts_with('#')
                || line.starts_with(' ')
                || key.is_empty()
                || !text_is_dependency(text, line)
            {
                continue;
            }
            assert!(
                last.is_none_or(|last| last <= key),
                "`{key}` is out of order in {path} of {name}"
            );
            last = Some(key);
        }
    }
}

/// Whether the line lies in a table of dependencies.
fn text_is_dependency(text: &str, line: &str) -> bool {
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let table = text[..start]
        .rsplit('\n')
        .find(|line| line.starts_with('['));
    table.is_some_and(|table| table.contains("dependencies"))
}
