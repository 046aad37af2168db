//! Generated workspaces on disk, and cargo in them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::command::succeeds;

/// A workspace that the command line made.
pub(crate) struct Workspace {
    pub(crate) path: PathBuf,
}

/// The command line under test.
pub(crate) fn protosmith() -> Command {
    Command::new(env!("CARGO_BIN_EXE_protosmith"))
}

/// A path in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether the slow tests run; says so if not.
///
/// `PROTOSMITH_UNTIL` is when they begin no more, in seconds since the epoch: on a machine that is slower than
/// they were made for, most of them are better than none.
pub(crate) fn slow(what: &str) -> bool {
    if std::env::var_os("PROTOSMITH_SLOW").is_none() {
        eprintln!("skipped: {what} (set PROTOSMITH_SLOW=1)");
        return false;
    }
    let until = std::env::var("PROTOSMITH_UNTIL").map(|until| {
        let until = until.parse().expect("PROTOSMITH_UNTIL is in seconds");
        UNIX_EPOCH + Duration::from_secs(until)
    });
    let too_late = until.is_ok_and(|until| SystemTime::now() > until);
    if too_late {
        // Not by `eprintln!`: the harness would keep it to itself.
        let _ = writeln!(std::io::stderr(), "PASSED OVER, no time is left: {what}");
    }
    !too_late
}

impl Workspace {
    /// Runs `protosmith new` for a folder that is the same in every run. Files that the last run
    /// wrote just so stay as they are, so that cargo builds again only what differs.
    pub(crate) fn new(name: &str, arguments: &[&str]) -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let fresh = tempfile::tempdir_in(home).expect("a folder");
        let made = fresh.path().join(name);
        succeeds(protosmith().arg("new").arg(&made).args(arguments));
        let path = home.join(name);
        replace(&made, &path);
        Self { path }
    }

    /// Cargo in the workspace, with artefacts shared by all of them.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        building(&mut command)
            .args(arguments)
            .current_dir(&self.path);
        // Those of the cargo that runs this test.
        for variable in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_MANIFEST_DIR",
            "RUSTC_WRAPPER",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs cargo in the workspace; panics with all it said if it fails.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> Output {
        succeeds(&mut self.cargo(arguments))
    }

    /// Formatting and lints are clean, which implies that it compiles.
    pub(crate) fn is_clean(&self) {
        self.succeeds(&["fmt", "--all", "--check"]);
        self.succeeds(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]);
    }

    /// Builds a program of `tests/foreign` as an example of the client; returns its path.
    pub(crate) fn example(&self, file: &str) -> PathBuf {
        let to = self.path.join("crates/client/examples").join(file);
        std::fs::copy(repository("tests/foreign").join(file), to).expect("copied");
        let name = file.trim_end_matches(".rs");
        let workspace = self.path.file_name().and_then(OsStr::to_str);
        let client = format!("{}-client", workspace.expect("a name"));
        self.succeeds(&["build", "--quiet", "-p", &client, "--example", name]);
        self.binary("examples").join(name)
    }

    /// A binary that cargo built in the workspace.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        target().join("debug").join(name)
    }
}

/// Has cargo, or a program that runs it, build where all generated workspaces are built.
pub(crate) fn building(command: &mut Command) -> &mut Command {
    command
        .env("CARGO_TARGET_DIR", target())
        // Hundreds of crates are built once each: what cargo keeps to build them again fills disks.
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
}

/// Where generated workspaces are built.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated")
}

/// Makes `path` hold what `fresh` holds, and touches only what differs. Keeps the lock file.
fn replace(fresh: &Path, path: &Path) {
    std::fs::create_dir_all(path).expect("made");
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").file_name())
            .collect::<BTreeSet<_>>()
    };
    let wanted = names(fresh);
    for gone in names(path)
        .difference(&wanted)
        .filter(|name| *name != "Cargo.lock")
    {
        let gone = path.join(gone);
        let removed = if gone.is_dir() {
            std::fs::remove_dir_all(&gone)
        } else {
            std::fs::remove_file(&gone)
        };
        removed.expect("removed");
    }
    for name in wanted {
        let (from, to) = (fresh.join(&name), path.join(&name));
        if from.is_dir() {
            replace(&from, &to);
        } else if std::fs::read(&from).expect("a file") != std::fs::read(&to).unwrap_or_default()
            || !to.exists()
        {
            std::fs::copy(&from, &to).expect("copied");
        }
    }
}
