//! Generated workspaces on disk, and cargo in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::built::{FORMAT, LINTS, building, replace, target};
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
pub(crate) fn slow(what: &str) -> bool {
    let slow = std::env::var_os("PROTOSMITH_SLOW").is_some();
    if !slow {
        eprintln!("skipped: {what} (set PROTOSMITH_SLOW=1)");
    }
    slow
}

/// The sample with all features; its programs and examples are built. Nobody writes into it.
pub(crate) static SAMPLE: LazyLock<Workspace> = LazyLock::new(|| {
    let workspace = Workspace::new("greeter", &["--preset", "full"]);
    workspace.succeeds(&["build", "--workspace", "--quiet", "--bins", "--examples"]);
    workspace
});

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
        command
    }

    /// Runs cargo in the workspace; panics with all it said if it fails.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> Output {
        succeeds(&mut self.cargo(arguments))
    }

    /// Formatting and lints are clean, which implies that it compiles.
    pub(crate) fn is_clean(&self) {
        self.succeeds(FORMAT);
        self.succeeds(LINTS);
    }

    /// A binary that cargo built in the workspace.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        target().join("debug").join(name)
    }
}
