//! How generated workspaces are built: in one place, and again only what differs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Has cargo, or a program that runs it, build where all generated workspaces are built.
pub(crate) fn building(command: &mut Command) -> &mut Command {
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
        .env("CARGO_TARGET_DIR", target())
        // Hundreds of crates are built once each: what cargo keeps to build them again fills disks.
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
}

/// Where generated workspaces are built.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated")
}

/// What clippy is asked of all of a workspace. That nothing is found implies that it compiles.
pub(crate) const LINTS: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--quiet",
    "--",
    "-D",
    "warnings",
];

/// What rustfmt is asked of all of a workspace.
pub(crate) const FORMAT: &[&str] = &["fmt", "--all", "--check"];

/// Makes `path` hold what `fresh` holds, and touches only what differs. Keeps the lock file.
pub(crate) fn replace(fresh: &Path, path: &Path) {
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
