//! Where files stand, for who runs `sync --check` over many repositories; and what follows from a value alone.

use crate::project::{Project, assert_same, replaced};

const FILE: &str = "crates/server/src/main.rs";

#[test]
fn every_state_has_its_word_in_json() {
    let project = Project::of(&["health"], Vec::new(), |tree| {
        replaced(tree, FILE, "fn main()", "fn older_main()");
        replaced(tree, "rustfmt.toml", "2024", "2021");
    });
    project.edit(FILE, "fn older_main()", "fn my_main()");
    project.edit("config/default.yaml", "\n", "\n# mine\n");
    std::fs::remove_file(project.path("clippy.toml")).expect("removed");
    let before = project.files();
    let output = project.run(&["sync", "--check", "--format", "json", "-q"]);
    assert_eq!(output.status.code(), Some(3));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let files = value["files"].as_array().expect("a list");
    let state = |path: &str| {
        let file = files.iter().find(|file| file["path"] == path);
        let file = file.unwrap_or_else(|| panic!("no {path}: {value}"));
        format!("{} {}", file["owner"], file["state"]).replace('"', "")
    };
    for (path, expected) in [
        (FILE, "tool conflicted"),
        ("rustfmt.toml", "tool stale"),
        ("clippy.toml", "tool missing"),
        ("config/default.yaml", "tool edited"),
        ("crates/chassis/src/lib.rs", "tool pristine"),
        ("crates/service/src/greeter.rs", "yours pristine"),
    ] {
        assert_eq!(state(path), expected, "{path}");
    }
    assert_same(&project.files(), &before);
}

/// A value in the settings reaches the manifests, and `--only` nothing else.
#[test]
fn a_changed_value_renews_the_deployment_alone() {
    let project = Project::of(
        &["health", "admin", "docker", "kubernetes"],
        Vec::new(),
        |tree| {
            replaced(tree, FILE, "fn main()", "fn older_main()");
        },
    );
    let before = project.files();
    let replicas = before["protosmith.toml"]
        .lines()
        .find(|line| line.starts_with("replicas = "))
        .expect("a number of replicas")
        .to_owned();
    project.edit("protosmith.toml", &replicas, "replicas = 7");
    project.ends(0, &["sync", "--only", "deploy/**"]);
    let after = project.files();
    let changed: Vec<_> = after
        .keys()
        .filter(|path| before.get(*path) != after.get(*path))
        .filter(|path| *path != "protosmith.toml")
        .collect();
    assert!(!changed.is_empty());
    assert!(
        changed.iter().all(|path| path.starts_with("deploy/")),
        "{changed:?}"
    );
    assert!(
        changed.iter().any(|path| after[*path].contains('7')),
        "{changed:?}"
    );
    assert!(after[FILE].contains("older_main"));
    project.ends(3, &["sync", "--check"]);
    project.ends(0, &["sync", "--check", "--only", "deploy/"]);
}

#[test]
fn a_proto_file_that_is_renamed_keeps_its_handler() {
    let project = Project::new(&[]);
    let handler = "crates/service/src/greeter.rs";
    project.edit(handler, "Longest name", "Our longest name");
    let before = project.read(handler);
    let proto = project.read("proto/greeter/v1/greeter.proto");
    std::fs::remove_dir_all(project.path("proto/greeter")).expect("removed");
    project.write("proto/hello/v1/hello.proto", &proto);
    project.edit(
        "protosmith.toml",
        "greeter/v1/greeter.proto",
        "hello/v1/hello.proto",
    );
    let said = project.ends(0, &["sync"]);
    assert!(said.contains("greeter/v1/greeter.proto"), "{said}");
    assert_eq!(project.read(handler), before);
    assert!(!project.path("proto/greeter").exists());
    assert!(
        project
            .read("crates/server/src/services.rs")
            .contains("service::greeter::Greeter")
    );
    project.ends(0, &["sync", "--check"]);
}
