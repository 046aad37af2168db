//! A team's own guard and observer: one file and one line each, as `examples/extending` shows.

use std::fs;

use crate::workspace::{Workspace, repository, slow};

#[test]
fn a_team_adds_a_guard_and_an_observer() {
    if !slow("building a workspace with a guard and an observer of its own") {
        return;
    }
    let workspace = Workspace::new("extended", &["--preset", "standard"]);
    let server = workspace.path.join("crates/server");
    let files = [
        ("own.rs", "src/own.rs"),
        ("own/tenant.rs", "src/own/tenant.rs"),
        ("own/volume.rs", "src/own/volume.rs"),
        ("tests/own.rs", "tests/own.rs"),
    ];
    fs::create_dir_all(server.join("src/own")).expect("a folder");
    for (from, to) in files {
        let from = repository("examples/extending").join(from);
        fs::copy(from, server.join(to)).expect("copied");
    }
    workspace.is_clean();
    workspace.succeeds(&["test", "-p", "extended-server", "--test", "own"]);
}
