//! The workflow of the user's repository: judged by actionlint, and its checks run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::built::building;
use crate::command::{named, succeeds, text};
use crate::server::interpreter;
use crate::workspace::{Workspace, repository, slow};

/// Every set of features that gives the workflow other jobs is one that actionlint has no word against.
#[test]
fn the_workflow_is_clean() {
    if !slow("actionlint judges the workflow") {
        return;
    }
    let linter = named("PROTOSMITH_ACTIONLINT", "actionlint");
    let sets = [
        "ci",
        "ci,docker,health",
        "ci,docker,health,auth",
        "ci,nginx",
        "ci,docker,health,kubernetes",
        "ci,admin,metrics,monitoring",
        "ci,docker,health,kubernetes,nginx,admin,metrics,monitoring",
    ];
    for set in sets {
        let workspace = Workspace::new("workflow", &["--preset", "minimal", "--with", set]);
        succeeds(
            Command::new("node")
                .arg(repository("tests/foreign/workflow.mjs"))
                .arg(&linter)
                .arg(workspace.path.join(".github/workflows/ci.yml")),
        );
    }
}

/// The steps that check the deployment, and the one that checks the files, succeed as they stand there.
#[test]
fn the_checks_of_the_workflow_succeed() {
    if !slow("the commands of the workflow, by bash and the tools that they name") {
        return;
    }
    let workspace = Workspace::new("checked", &["--preset", "full"]);
    let tools = [
        interpreter(),
        named("PROTOSMITH_CHECKOV", "checkov"),
        env!("CARGO_BIN_EXE_protosmith").into(),
    ];
    let folders = tools
        .iter()
        .map(|tool| Path::new(tool).parent().expect("a folder").to_owned());
    let path = env::var_os("PATH").expect("a PATH");
    let folders: Vec<PathBuf> = folders.chain(env::split_paths(&path)).collect();
    let mut checks = Command::new(interpreter());
    building(&mut checks)
        .arg(repository("tests/foreign/workflow.py"))
        .arg(&workspace.path)
        .env("PATH", env::join_paths(folders).expect("folders"));
    let version = text(&succeeds(&mut checks));
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}
