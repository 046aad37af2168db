//! Every command that changes a project is killed before steps of every kind that it takes on the disk.
//!
//! `strace` kills at the system call; without it, `transactions` and the unit tests of `write` kill at chance and by a disk
//! of their own.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::complaints;
use crate::project::{Files, Project, differing, files_below, replaced};
use crate::workspace::{protosmith, slow};

/// What changes a disk: how the names of the system calls begin, which differ between processors.
const STEPS: [&str; 5] = ["mkdir", "openat", "fsync", "rename", "unlink"];

/// At how many steps of each kind a command is killed; they are spread over all.
const MOST: usize = 3;

/// A command, and the project that it is run in.
struct Killed {
    command: &'static [&'static str],
    project: fn() -> Project,
}

const SYNC: &[&str] = &["sync", "-q"];

const COMMANDS: [Killed; 8] = [
    Killed {
        command: SYNC,
        project: older,
    },
    Killed {
        command: &["add", "-q", "ci"],
        project: plain,
    },
    Killed {
        command: &["remove", "-q", "health"],
        project: plain,
    },
    Killed {
        command: &["own", "-q", "rustfmt.toml"],
        project: plain,
    },
    Killed {
        command: &["release", "-q", "README.md"],
        project: plain,
    },
    Killed {
        command: &["reset", "-q", "rustfmt.toml"],
        project: edited,
    },
    Killed {
        command: &["undo", "-q"],
        project: synced,
    },
    Killed {
        command: ADOPT,
        project: workspace,
    },
];

const ADOPT: &[&str] = &[
    "adopt",
    "-q",
    "--proto",
    "proto/acme/shop.proto",
    "--preset",
    "minimal",
];

fn plain() -> Project {
    Project::new(&["health"])
}

fn older() -> Project {
    Project::of(&["health"], Vec::new(), |tree| {
        replaced(tree, "rustfmt.toml", "2024", "2021");
        replaced(
            tree,
            "crates/server/src/main.rs",
            "fn main()",
            "fn older_main()",
        );
    })
}

fn edited() -> Project {
    let project = plain();
    project.write("rustfmt.toml", "# mine\n");
    project
}

fn synced() -> Project {
    let project = plain();
    project.ends(0, &["add", "-q", "ci"]);
    project
}

/// A workspace of a team's, which is none of ours.
fn workspace() -> Project {
    let project = Project::nothing();
    project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    project.write("proto/acme/shop.proto", crate::project::SHOP);
    project
}

#[test]
fn a_kill_before_any_step_leaves_the_old_tree_or_the_new_one() {
    if !slow("commands are killed at every step") {
        return;
    }
    if !traces() {
        return eprintln!("skipped: `strace` is not to be had here");
    }
    for killed in &COMMANDS {
        killed.is_all_or_nothing();
    }
}

/// `new`, for a folder that is not there and for one that is: nothing, or what the next run finishes or begins anew.
#[test]
fn a_killed_new_is_done_by_the_next_one() {
    if !slow("`new` is killed at every step") {
        return;
    }
    if !traces() {
        return eprintln!("skipped: `strace` is not to be had here");
    }
    const NEW: &[&str] = &["new", "-q", "made", "--preset", "minimal"];
    for there in [false, true] {
        let home = || {
            let home = tempfile::tempdir().expect("a folder");
            if there {
                std::fs::create_dir(home.path().join("made")).expect("made");
            }
            home
        };
        let whole = home();
        let counts = counted(whole.path(), NEW);
        let whole = files_below(whole.path());
        let (mut kills, mut finished) = (0, 0);
        for (step, count) in STEPS.into_iter().zip(counts) {
            for at in (1..=count).rev().step_by(count.div_ceil(20).max(1)) {
                let home = home();
                if !is_killed(home.path(), NEW, step, at) {
                    continue;
                }
                kills += 1;
                let before = files_below(home.path());
                let next = protosmith().args(NEW).current_dir(home.path()).output();
                let next = next.expect("it runs");
                let said = complaints(&next);
                let where_ = format!("before {step} {at}, {there}: {said}");
                // Else it has begun to fill the folder, or had done all.
                if !next.status.success() {
                    let is_told = said.contains("was killed while it filled");
                    finished += usize::from(is_told);
                    let is_done = said.contains("exists and is not empty") && before == whole;
                    assert!(is_told || is_done, "{where_}");
                }
                let after = files_below(home.path());
                assert!(after == whole, "{where_}{:?}", differing(&after, &whole));
            }
        }
        assert!(kills > 20 && (finished > 0) == there, "{kills}, {finished}");
    }
}

impl Killed {
    /// What finishes or cleans up, if that was begun or not.
    fn next(&self) -> &'static [&'static str] {
        // What was not adopted cannot be brought up to date.
        match self.command {
            ADOPT => ADOPT,
            _ => SYNC,
        }
    }

    fn is_all_or_nothing(&self) {
        let project = (self.project)();
        let old = all(&project);
        let counts = counted(&project.root, self.command);
        let new = all(&project);
        assert_ne!(old, new, "{:?} does nothing", self.command);
        let (mut kills, mut olds) = (0, 0);
        for (step, count) in STEPS.into_iter().zip(counts) {
            let stride = count.div_ceil(MOST).max(1);
            // The last one is always among them.
            for at in (1..=count).rev().step_by(stride) {
                let project = (self.project)();
                if !is_killed(&project.root, self.command, step, at) {
                    continue;
                }
                kills += 1;
                let before = all(&project);
                let begun = project.path(".protosmith/journal.toml").exists();
                let where_ = format!("{:?} before {step} {at}", self.command);
                assert!(begun || before == old || before == new, "{where_}");
                // What the next command does by itself does not matter here.
                let next = project.run(self.next());
                let said = complaints(&next);
                let leaves = |name: &str| project.path(".protosmith").join(name).exists();
                assert!(
                    !leaves("stage") && !leaves("journal.toml") && !leaves("back.toml"),
                    "{where_}: {said}"
                );
                let after = all(&project);
                let is_old = after == old;
                // `sync` of a project that was not begun makes it new, as does adopting again.
                assert!(
                    is_old || after == new,
                    "{where_}: {said}\n{:?}",
                    differing(&after, &new)
                );
                assert!(!begun || after == new, "{where_}: it was begun");
                olds += usize::from(is_old || !begun);
            }
        }
        assert!(
            kills > 3 && olds > 0,
            "{:?}: {kills} kills, {olds} not begun",
            self.command
        );
    }
}

/// All that the user sees: not what the tool remembers, nor the lock.
fn all(project: &Project) -> Files {
    let mut files = files_below(&project.root);
    files.retain(|path, _| !path.starts_with(".protosmith/"));
    files
}

fn traces() -> bool {
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    traced.is_ok_and(|status| status.success())
}

fn strace(folder: &Path, arguments: &[&str], command: &[&str]) -> std::process::ExitStatus {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq"])
        .args(arguments)
        .arg(env!("CARGO_BIN_EXE_protosmith"))
        .args(command);
    strace
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    strace.status().expect("strace runs")
}

/// Runs the command; gives how often it takes each kind of step.
fn counted(folder: &Path, command: &[&str]) -> [usize; STEPS.len()] {
    let home = tempfile::tempdir().expect("a folder");
    let log = home.path().join("log");
    let trace = format!("trace=/^({})", STEPS.join("|"));
    let log_path = log.display().to_string();
    let status = strace(folder, &["-o", &log_path, "-e", &trace], command);
    assert!(status.success(), "{command:?}");
    let text = std::fs::read_to_string(&log).expect("a log");
    // The first word of a line is the process.
    let is_of = |line: &str, step: &str| {
        let call = line
            .split_once(' ')
            .map(|(_, call)| call.trim_start())
            .unwrap_or_default();
        call.starts_with(step)
    };
    STEPS.map(|step| text.lines().filter(|line| is_of(line, step)).count())
}

/// Runs the command, and kills it as it is about to take that step for the `at`th time.
fn is_killed(folder: &Path, command: &[&str], step: &str, at: usize) -> bool {
    let inject = format!("inject=/^{step}:signal=KILL:when={at}");
    let trace = format!("trace=/^{step}");
    let status = strace(
        folder,
        &["-o", "/dev/null", "-e", &trace, "-e", &inject],
        command,
    );
    !status.success()
}
