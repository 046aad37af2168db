//! Other programs, and what they say.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program; panics with all it said if it fails or is not there.
pub(crate) fn succeeds(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}",
        text(&output),
        complaints(&output)
    );
    output
}

/// What a program wrote for programs.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What it wrote for people.
pub(crate) fn complaints(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a variable names that a slow test needs.
pub(crate) fn named(variable: &str, what: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} names {what}"))
}

/// Git in a folder, with an author.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        // Those of a git that runs these tests, as a hook does.
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE");
    succeeds(&mut git);
}
