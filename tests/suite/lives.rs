//! Random lives of a project: edits, deletions, features that come and go, in any order.
//!
//! After every step: no line of the user's is lost, a second `sync` finds nothing to do, and what nobody touched is
//! what `new` makes of these features.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::command::complaints;
use crate::project::{Files, Project, assert_same};
use crate::workspace::slow;

/// Features that need no other.
const FEATURES: [&str; 6] = ["audit", "auth", "ci", "client", "compression", "health"];

#[derive(Debug, Clone)]
enum Step {
    /// A line of the user's own, in a file, behind this share of its lines (in 256ths).
    Write(prop::sample::Index, u8),
    /// A file is removed.
    Delete(prop::sample::Index),
    /// A feature is added, or removed if it is there.
    Toggle(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(file, at)| Step::Write(file, at)),
        1 => any::<prop::sample::Index>().prop_map(Step::Delete),
        4 => (0..FEATURES.len()).prop_map(Step::Toggle),
    ]
}

#[test]
fn no_life_loses_a_line() {
    let cases = if slow("twelve lives instead of two") {
        12
    } else {
        2
    };
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..Config::default()
    };
    let lives = prop::collection::vec(step(), 6..14);
    let result = TestRunner::new(config).run(&lives, |steps| {
        live(&steps);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

fn live(steps: &[Step]) {
    let mut life = Life {
        project: Project::new(&["health"]),
        features: BTreeSet::from(["health"]),
        touched: BTreeSet::new(),
        lines: Vec::new(),
    };
    for (n, step) in steps.iter().enumerate() {
        life.take(n, step);
        life.holds(step);
    }
}

struct Life {
    project: Project,
    features: BTreeSet<&'static str>,
    /// The files that the user edited or deleted.
    touched: BTreeSet<String>,
    /// The user's lines, each with its file.
    lines: Vec<(String, String)>,
}

impl Life {
    fn take(&mut self, n: usize, step: &Step) {
        let files: Vec<String> = self.project.tools().into_keys().collect();
        match step {
            Step::Write(file, at) => {
                let path = file.get(&files).clone();
                let line = match path.ends_with(".rs") || path.ends_with(".proto") {
                    true => format!("// Mine: {n}."),
                    false => format!("# Mine: {n}."),
                };
                let text = self.project.read(&path);
                let mut lines: Vec<&str> = text.lines().collect();
                lines.insert(lines.len() * usize::from(*at) / 256, &line);
                self.project.write(&path, &(lines.join("\n") + "\n"));
                self.touched.insert(path.clone());
                self.lines.push((path, line));
            }
            Step::Delete(file) => {
                let path = file.get(&files).clone();
                // Without its settings or its proto it is no project.
                if path != "protosmith.toml" && !path.starts_with("proto/") {
                    std::fs::remove_file(self.project.path(&path)).expect("removed");
                    self.lines.retain(|(file, _)| *file != path);
                    self.touched.insert(path);
                }
            }
            Step::Toggle(feature) => self.toggle(FEATURES[*feature]),
        }
    }

    fn toggle(&mut self, feature: &'static str) {
        let command = match self.features.remove(feature) {
            true => "remove",
            false => {
                self.features.insert(feature);
                "add"
            }
        };
        let before = self.project.files();
        let output = self.project.run(&[command, feature]);
        let said = complaints(&output);
        let ended = output.status.code().expect("it ends by itself");
        assert!([0, 3].contains(&ended), "{command} {feature}: {said}");
        if ended == 3 {
            assert_same(&self.project.files(), &before);
            self.project
                .ends(0, &[command, feature, "--conflict", "mine"]);
        }
    }

    fn holds(&self, step: &Step) {
        self.project.ends(0, &["sync", "-q"]);
        let files = self.project.files();
        for (path, line) in &self.lines {
            let is_there = files
                .get(path)
                .is_some_and(|text| text.lines().any(|l| l.trim() == line));
            assert!(
                is_there,
                "{step:?}: `{line}` is not in {path}: {:?}",
                files.get(path)
            );
        }
        self.project.ends(0, &["sync", "-q"]);
        assert_same(&self.project.files(), &files);
        let features: Vec<_> = self.features.iter().copied().collect();
        let untouched = |files: Files| -> Files {
            let untouched = files
                .into_iter()
                .filter(|(path, _)| !self.touched.contains(path));
            untouched.collect()
        };
        let expected = Project::new(&features).tools();
        assert_same(&untouched(self.project.tools()), &untouched(expected));
    }
}
