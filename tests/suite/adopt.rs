//! `adopt` adds a service to a workspace that is there: all of it or nothing, and it builds.

use crate::built::LINTS;
use crate::command::{complaints, git, succeeds};
use crate::project::Project;
use crate::workspace::{Workspace, protosmith, slow};

const ROOT: &str = "\
# Our workspace.
[workspace]
resolver = \"2\"
members = [
    # the old one
    \"tools/*\", # keep
]

[workspace.package]
edition = \"2021\"
version = \"3.2.1\"

[workspace.dependencies]
# runtime
tokio = { version = \"1\", features = [\"macros\"] } # pinned by ops
serde = \"1.0.229\"

[workspace.lints.rust]
unused = \"deny\"
";

const LINT: &str = "\
[package]
name = \"lint\"
edition.workspace = true
version.workspace = true

[lints]
workspace = true

[dependencies]
serde.workspace = true
";

const PROTO: &str = "\
syntax = \"proto3\";

package acme;

import \"acme/order.proto\";

service Shop {
  rpc Buy(Order) returns (stream Order);
}
";

const ORDER: &str = "syntax = \"proto3\";\n\npackage acme;\n\nmessage Order {}\n";

/// A workspace as a team has it, with protos.
fn workspace() -> Project {
    let workspace = Project::nothing();
    for (path, text) in [
        ("Cargo.toml", ROOT),
        ("tools/lint/Cargo.toml", LINT),
        ("tools/lint/src/lib.rs", "pub fn lint() {}\n"),
        ("proto/acme/shop.proto", PROTO),
        ("proto/acme/order.proto", ORDER),
        ("README.md", "# Theirs\n"),
    ] {
        workspace.write(path, text);
    }
    workspace
}

const ADOPT: &[&str] = &["adopt", "--proto", "proto/acme/shop.proto"];

#[test]
fn a_workspace_is_extended_and_goes_on_as_a_project() {
    let home = workspace();
    let before = home.files();

    let shown = home.ends(0, &[ADOPT, &["--dry-run"]].concat());
    assert!(
        shown.contains("+    \"crates/server\",\n")
            && shown.contains("\ncrates/server/src/main.rs\n"),
        "{shown}"
    );
    assert_eq!(home.files(), before, "a dry run writes nothing");
    assert!(!home.path(".protosmith").exists());

    let said = home.ends(0, ADOPT);
    assert!(
        said.contains("our crates ask for `{ version = \"1.54\""),
        "{said}"
    );
    let after = home.files();
    for (path, text) in &before {
        assert!(path == "Cargo.toml" || after[path] == *text, "{path}");
    }
    let manifest = &after["Cargo.toml"];
    let mut lines = manifest.lines();
    assert!(
        ROOT.lines().all(|line| lines.any(|after| after == line)),
        "{manifest}"
    );

    home.ends(0, &["sync", "--check"]);
    assert!(
        home.ends(0, &["list", "methods"])
            .contains("acme.Shop/Buy  stub")
    );
    home.ends(0, &["add", "audit"]);
    assert!(
        home.path("crates/chassis/src/observe/audit/mod.rs")
            .exists()
    );
    let manifest = home.read("Cargo.toml");
    assert!(
        manifest.contains("crossbeam-queue") && manifest.contains("# pinned by ops"),
        "{manifest}"
    );

    let said = home.ends(1, ADOPT);
    assert!(
        said.contains("`protosmith.toml` is there already"),
        "{said}"
    );
}

#[test]
fn an_adoption_can_be_undone() {
    let home = workspace();
    let before = home.files();
    home.ends(0, ADOPT);
    home.ends(0, &["undo"]);
    assert_eq!(home.files(), before);
}

#[test]
fn what_is_in_the_way_leaves_everything_as_it_is() {
    let home = workspace();
    home.write("crates/api/Cargo.toml", "[package]\nname = \"shop-api\"\n");
    home.write("config/dev.yaml", "theirs: true\n");
    let before = home.files();
    let said = home.ends(1, ADOPT);
    for part in [
        "`config/dev.yaml` is there already",
        "`crates/api` is there already",
        "--prefix FOLDER",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(home.files(), before);

    // The ways out that the hints name.
    let ways = [ADOPT, &["--prefix", "services/shop", "--name", "store"]].concat();
    home.ends(0, &ways);
    assert!(
        home.path("services/shop/crates/server/src/main.rs")
            .exists()
    );
    assert!(
        !home.path(".protosmith").exists(),
        "nothing is left where no project is"
    );
    let mut check = protosmith();
    check.args(["sync", "--check"]);
    succeeds(check.current_dir(home.path("services/shop")));
}

#[test]
fn what_cannot_be_built_is_refused() {
    let home = workspace();
    let refused = |arguments: &[&str], part: &str| {
        let said = home.ends(1, arguments);
        assert!(said.contains(part), "{arguments:?}: {said}");
    };
    refused(&["adopt"], "no proto is named");
    refused(
        &[ADOPT, &["--prefix", "../elsewhere"]].concat(),
        "does not lie in the workspace",
    );
    refused(
        &["adopt", "tools", "--proto", "proto/acme/shop.proto"],
        "there is no `tools/Cargo.toml`",
    );
    refused(
        &["adopt", "tools/lint", "--proto", "proto/acme/shop.proto"],
        "say `--workspace`",
    );
    home.write("proto/old/broken.proto", "broken");
    refused(ADOPT, "every proto in `proto` is part of the build");
}

#[test]
fn an_adopted_service_builds_beside_what_was_there() {
    if !slow("an adopted service is built") {
        return;
    }
    let home = workspace();
    home.ends(0, &[ADOPT, &["--preset", "full"]].concat());
    let workspace = Workspace {
        path: home.root.clone(),
    };
    workspace.succeeds(LINTS);
    workspace.succeeds(&[
        "test",
        "--quiet",
        "-p",
        "shop-server",
        "-p",
        "shop-service",
        "-p",
        "lint",
    ]);
}

/// A repository of one crate, with the line ends of Windows and a byte order mark.
#[test]
fn a_single_crate_becomes_a_workspace_that_cargo_reads() {
    let home = Project::nothing();
    let manifest = "\u{feff}# Ours.\r\n[package]\r\nname = \"lint\"\r\nversion = \"1.2.3\"\r\nedition = \"2021\"\r\n\r\n\
                    [dependencies] # none\r\n";
    for (path, text) in [
        ("Cargo.toml", manifest),
        ("src/lib.rs", "pub fn lint() {}\n"),
        ("proto/acme/shop.proto", PROTO),
        ("proto/acme/order.proto", ORDER),
    ] {
        home.write(path, text);
    }
    let before = home.files();
    let said = home.ends(1, ADOPT);
    assert!(said.contains("say `--workspace`"), "{said}");
    assert_eq!(home.files(), before);

    home.ends(0, &[ADOPT, &["--workspace"]].concat());
    let text = home.read("Cargo.toml");
    assert!(text.starts_with(manifest), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    // Later changes keep to it.
    home.ends(0, &["add", "audit"]);
    let text = home.read("Cargo.toml");
    assert!(
        text.starts_with(manifest) && text.contains("crossbeam-queue"),
        "{text}"
    );
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());

    let metadata = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(&home.root)
        .output()
        .expect("cargo runs");
    let said = complaints(&metadata);
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect(&said);
    let names: Vec<_> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    for name in ["lint", "shop-api", "shop-server"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn a_manifest_that_is_not_committed_is_warned_about() {
    let home = workspace();
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "a"]] {
        git(&home.root, arguments);
    }
    home.write("Cargo.toml", &format!("{ROOT}# mine\n"));
    assert!(home.ends(0, ADOPT).contains("not committed"));
    home.ends(0, &["undo"]);
    home.write("Cargo.toml", ROOT);
    assert!(!home.ends(0, ADOPT).contains("not committed"));
}

/// Killed in the middle of its changes, it is finished by whoever adopts again.
#[test]
fn a_killed_adoption_is_finished() {
    let home = workspace();
    let new = format!("{ROOT}# adopted\n");
    home.write(".protosmith/stage/new/Cargo.toml", &new);
    home.write(".protosmith/stage/old/Cargo.toml", ROOT);
    home.write(
        ".protosmith/journal.toml",
        "[[change]]\npath = \"Cargo.toml\"\nold = \"a\"\nnew = \"b\"\n",
    );
    let said = home.ends(3, &[ADOPT, &["--dry-run"]].concat());
    assert!(said.contains("an earlier run was killed"), "{said}");
    assert!(home.ends(0, ADOPT).contains("Finished"));
    assert_eq!(home.read("Cargo.toml"), new);
}
