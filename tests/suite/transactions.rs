//! A run that is killed leaves the old files or the new ones, and the next run finishes or cleans up.
#![cfg(unix)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::command::complaints;
use crate::project::{Project, assert_same};
use crate::workspace::{protosmith, slow};

/// Kills `add` at many points of its run, from the start to beyond the end.
#[test]
fn a_killed_run_is_all_or_nothing_after_the_next_one() {
    let old = Project::new(&["health"]).tools();
    let new = Project::new(&["health", "audit", "auth"]).tools();
    let start = Instant::now();
    Project::new(&["health"]).ends(0, &["add", "audit", "auth"]);
    let took = start.elapsed();
    let (mut as_before, mut finished) = (0, 0);
    let steps = if slow("killing it at many more points") {
        60
    } else {
        12
    };
    for step in 0..steps {
        let project = Project::new(&["health"]);
        let mut child = protosmith()
            .args(["add", "audit", "auth", "-q"])
            .current_dir(&project.root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        std::thread::sleep(took * step / (steps - 2) + Duration::from_micros(u64::from(step) * 7));
        let _ = child.kill();
        child.wait().expect("it ends");
        // Whatever it left is finished or removed first.
        project.ends(0, &["sync", "-q"]);
        let files = project.tools();
        if files == old {
            as_before += 1;
        } else {
            assert_same(&files, &new);
            finished += 1;
        }
        assert!(!project.path(".protosmith/stage").exists());
        assert!(!project.path(".protosmith/journal.toml").exists());
        project.ends(0, &["sync", "--check", "-q"]);
    }
    assert!(
        as_before > 0,
        "no run of {steps} was killed, {finished} were done"
    );
}

#[test]
fn two_runs_at_once_do_not_meet() {
    let project = Project::new(&["health"]);
    let mut children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = protosmith();
            command
                .args(["add", "audit", "-q"])
                .current_dir(&project.root);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("it runs")
        })
        .collect();
    let mut done = 0;
    for child in children.drain(..) {
        let output = child.wait_with_output().expect("it ends");
        let said = complaints(&output);
        match output.status.success() {
            true => done += 1,
            false => assert!(said.contains("another protosmith is at work"), "{said}"),
        }
    }
    assert!(done > 0);
    assert_same(
        &project.tools(),
        &Project::new(&["health", "audit"]).tools(),
    );
}

/// A run that waits to be finished is not looked past.
#[test]
fn a_pending_change_is_told_and_finished() {
    let project = Project::new(&["health"]);
    project.write(".protosmith/stage/new/rustfmt.toml", "# new\n");
    let old = project.read("rustfmt.toml");
    project.write(".protosmith/stage/old/rustfmt.toml", &old);
    let entry = "[[change]]\npath = \"rustfmt.toml\"\nold = \"a\"\nnew = \"b\"\n";
    project.write(".protosmith/journal.toml", entry);
    let said = project.ends(3, &["sync", "--check"]);
    assert!(said.contains("an earlier run was killed"), "{said}");
    assert_eq!(project.read("rustfmt.toml"), old);
    let said = project.ends(0, &["sync"]);
    assert!(said.contains("Finished"), "{said}");
    assert_eq!(project.read("rustfmt.toml"), "# new\n");
}
