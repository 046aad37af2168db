//! Real histories: a team lives with the protos of a published crate, version by version, and loses nothing.

use std::collections::BTreeMap;
use std::path::Path;

use protosmith::proto::{self, Compiled};

use crate::command::{complaints, succeeds, text};
use crate::published::{self, Version};
use crate::workspace::{Workspace, protosmith, slow};

/// A published crate, and what its users had to do.
struct History {
    package: &'static str,
    /// Where imports start from.
    root: &'static str,
    /// The versions without their patches, oldest first.
    versions: [Version; 5],
    /// What `sync` told to be changed by hand, by the version that asks for it: file, old text, new text.
    by_hand: &'static [(Version, &'static str, &'static str, &'static str)],
}

/// Services, methods and fields come, types of methods change.
const CONTAINERD: History = History {
    package: "containerd-client",
    root: "vendor",
    versions: [(0, 1), (0, 3), (0, 5), (0, 7), (0, 9)],
    by_hand: &[(
        (0, 7),
        "crates/service/src/events.rs",
        "rpc::BoxStream<pb::Envelope>",
        "rpc::BoxStream<api::containerd::types::Envelope>",
    )],
};

/// Fields change, services come and go.
const OPENTELEMETRY: History = History {
    package: "opentelemetry-proto",
    root: "src/proto/opentelemetry-proto",
    versions: [(0, 1), (0, 5), (0, 7), (0, 30), (0, 33)],
    by_hand: &[(
        (0, 30),
        "crates/service/src/profiles_service.rs",
        "v1experimental",
        "v1development",
    )],
};

#[test]
fn handlers_of_containerd_live_through_its_versions() {
    replay(&CONTAINERD);
}

#[test]
fn handlers_of_opentelemetry_live_through_its_versions() {
    replay(&OPENTELEMETRY);
}

const HANDLERS: &str = "crates/service/src";

fn replay(history: &History) {
    if !slow("the history of a published crate is replayed") {
        return;
    }
    let folders = published::packages(history.package);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("history-{}", history.package));
    let _ = std::fs::remove_dir_all(&path);
    let workspace = Workspace { path };
    for version in history.versions {
        let protos = compiled(&folders[&version].join(history.root));
        let before = sources(&workspace);
        let said = match workspace.path.exists() {
            false => begun(history, &workspace, &protos, &folders[&version]),
            true => brought_along(&workspace, &protos),
        };
        for (path, text) in &before {
            let now = sources(&workspace);
            let now = now
                .get(path)
                .unwrap_or_else(|| panic!("{version:?}: {path} is gone: {said}"));
            assert!(holds(now, text), "{version:?}: {path}:\n{now}\n{said}");
        }
        for (_, file, from, to) in history
            .by_hand
            .iter()
            .filter(|(asking, ..)| *asking == version)
        {
            assert!(said.contains(file), "{version:?}: {said}");
            edit(&workspace, file, from, to);
        }
        write_a_method_of_each(&workspace);
        workspace.succeeds(&["check", "--workspace", "--quiet"]);
        run(&workspace, &["sync", "--check"]);
    }
    for path in EDITED {
        let text = std::fs::read_to_string(workspace.path.join(path)).expect("a file");
        assert!(text.starts_with(OURS), "{path}: {text}");
    }
}

/// Files of the tool that the team edits, and their first line.
const EDITED: [&str; 2] = ["config/default.yaml", "crates/service/Cargo.toml"];
const OURS: &str = "# Ours.\n";

/// The project as it begins.
fn begun(history: &History, workspace: &Workspace, protos: &Compiled, folder: &Path) -> String {
    let mut new = protosmith();
    new.arg("new").arg(&workspace.path);
    // All workspaces of the tests are built in one place, where packages of one name would be taken for one.
    new.args(["--name", history.package, "--preset", "minimal", "-I"])
        .arg(folder.join(history.root));
    for source in protos.sources.iter().filter(|source| source.given) {
        new.arg("--proto").arg(&source.path);
    }
    let said = complaints(&succeeds(&mut new));
    for path in EDITED {
        let text = std::fs::read_to_string(workspace.path.join(path)).expect("a file");
        std::fs::write(workspace.path.join(path), format!("{OURS}{text}")).expect("written");
    }
    said
}

/// The protos are replaced, as who follows another project does, and the project comes along.
fn brought_along(workspace: &Workspace, protos: &Compiled) -> String {
    let home = workspace.path.join("proto");
    let listed = std::fs::read_to_string(workspace.path.join("protosmith.toml")).expect("a file");
    let listed: toml::Table = toml::from_str(&listed).expect("TOML");
    let listed = listed["proto"]["files"].as_array().expect("a list").clone();
    let listed: Vec<_> = listed.iter().filter_map(|name| name.as_str()).collect();
    let given = protos.sources.iter().filter(|source| source.given);
    let given: Vec<_> = given.map(|source| source.name.as_str()).collect();
    std::fs::remove_dir_all(&home).expect("removed");
    for source in &protos.sources {
        let path = home.join(&source.name);
        std::fs::create_dir_all(path.parent().expect("below")).expect("made");
        std::fs::write(path, &source.text).expect("written");
    }
    let mut said = String::new();
    let new = given.iter().filter(|name| !listed.contains(name));
    let gone = listed.iter().filter(|name| !given.contains(name));
    let gone: Vec<_> = gone.copied().collect();
    if !gone.is_empty() {
        said += &run(workspace, &[&["remove"][..], &gone].concat());
    }
    let new: Vec<_> = new.map(|name| format!("proto/{name}")).collect();
    if !new.is_empty() {
        let new: Vec<_> = new.iter().map(String::as_str).collect();
        said += &run(workspace, &[&["add"][..], &new].concat());
    }
    said + &run(workspace, &["sync"])
}

/// The team writes the first stub that each handler has.
fn write_a_method_of_each(workspace: &Workspace) {
    for (path, text) in sources(workspace) {
        let written = "// Ours.\n        Err(Status::unavailable(\"closed today\"))";
        let text = text.replacen("Err(request.unimplemented())", written, 1);
        std::fs::write(workspace.path.join(HANDLERS).join(path), text).expect("written");
    }
}

/// Whether all lines of a text are in another one, in their order.
fn holds(text: &str, lines: &str) -> bool {
    let mut there = text.lines();
    lines.lines().all(|line| there.any(|other| other == line))
}

fn edit(workspace: &Workspace, file: &str, from: &str, to: &str) {
    let path = workspace.path.join(file);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "`{from}` is not in {file}:\n{text}");
    std::fs::write(path, text.replace(from, to)).expect("written");
}

/// Runs the command line in the workspace; gives all that it says.
fn run(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = succeeds(protosmith().args(arguments).current_dir(&workspace.path));
    text(&output) + &complaints(&output)
}

/// The files of the service crate but for its root, which lists them and is sorted; by name.
fn sources(workspace: &Workspace) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(workspace.path.join(HANDLERS)) else {
        return BTreeMap::new();
    };
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        let name = path.file_name()?.to_str()?.to_owned();
        (name != "lib.rs").then(|| (name, std::fs::read_to_string(&path).expect("a text")))
    };
    entries.filter_map(read).collect()
}

/// All protos with services, and what they import.
fn compiled(root: &Path) -> Compiled {
    let include = root.display().to_string().parse().expect("a folder");
    let request = proto::Request {
        protos: published::services(root),
        includes: vec![include],
    };
    proto::compile(&request).unwrap_or_else(|error| panic!("{error}"))
}
