//! Projects of every released version are carried to the present, with edits and without.
//!
//! `tests/snapshots/VERSION/` is the `.protosmith` of a project as that version's `new` made it: its archive holds all
//! files. `just snapshot` makes the one of this version, before a release.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use protosmith::feature::{Choice, Preset};
use protosmith::plan::Owner;
use protosmith::tree::Tree;
use protosmith::{Request, write};

use crate::project::{Files, assert_same, files_below};
use crate::workspace::{Workspace, protosmith, repository, slow};

const PROTOS: [&str; 2] = [
    "examples/protos/acme/shop/v1/shop.proto",
    "examples/protos/acme/stock/v1/stock.proto",
];

/// What the project is called. No other test has the name, since all are built in one place.
const NAME: &str = "carried";

/// The folders of all snapshots.
fn snapshots() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(repository("tests/snapshots")).expect("a folder");
    let mut folders: Vec<_> = folders
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// With `BLESS=1` the one of this version is made.
#[test]
fn every_release_has_a_snapshot_and_says_what_sync_will_show() {
    if std::env::var_os("BLESS").is_some() {
        made_of_the_present();
    }
    let there: BTreeSet<String> = snapshots()
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    let log = std::fs::read_to_string(repository("CHANGELOG.md")).expect("a file");
    for part in log.split("\n## ").skip(1) {
        let version = part.split_whitespace().next().unwrap_or_default();
        let version = version.trim_matches(['[', ']']);
        if version == "Unreleased" {
            continue;
        }
        assert!(
            there.contains(version),
            "`{version}` has no snapshot: run `just snapshot`"
        );
        let heading = "\n### What `sync` will show you\n";
        assert!(
            part.contains(heading),
            "`{version}` in CHANGELOG.md has no `{}`",
            heading.trim()
        );
    }
}

fn made_of_the_present() {
    let home = tempfile::tempdir().expect("a folder");
    let mut new = protosmith();
    new.args(["new", "-q", "--name", NAME, "--preset", "full"])
        .arg(home.path().join("new"));
    for proto in PROTOS {
        new.arg("--proto").arg(repository(proto));
    }
    assert!(new.status().expect("it runs").success());
    let folder = repository("tests/snapshots").join(env!("CARGO_PKG_VERSION"));
    std::fs::create_dir_all(&folder).expect("made");
    for name in ["base.tar.gz", "lock.toml"] {
        let from = home.path().join("new/.protosmith").join(name);
        std::fs::copy(from, folder.join(name)).expect("copied");
    }
}

/// The project that a snapshot is of.
fn project(snapshot: &Path, root: &Path) {
    let archive = std::fs::read(snapshot.join("base.tar.gz")).expect("an archive");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive.as_slice()));
    let mut tree = Tree::default();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("whole");
        tree.0.insert(path, Cow::Owned(bytes));
    }
    for name in ["base.tar.gz", "lock.toml"] {
        let bytes = std::fs::read(snapshot.join(name)).expect("a file");
        tree.0
            .insert(format!(".protosmith/{name}"), Cow::Owned(bytes));
    }
    write::create(root, &tree).expect("it is written");
}

/// Runs the command line in a folder; gives its exit code and what it says.
fn run(root: &Path, arguments: &[&str]) -> (i32, String) {
    let output = protosmith()
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    (output.status.code().expect("it ends by itself"), said)
}

/// What the user sees of it.
fn files(root: &Path) -> Files {
    let mut files = files_below(root);
    files.retain(|path, _| !path.starts_with(".protosmith/") && path != "Cargo.lock");
    files
}

/// What `new` makes of the project's settings now, of the files that the tool keeps up to date.
fn present(root: &Path) -> Files {
    let settings = std::fs::read_to_string(root.join("protosmith.toml")).expect("a file");
    let settings: toml::Table = toml::from_str(&settings).expect("TOML");
    let features = settings["features"]["list"].as_array().expect("a list");
    let rendered = protosmith::render(&Request {
        name: NAME.to_owned(),
        choice: Choice {
            preset: Preset::Minimal,
            with: features
                .iter()
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect(),
            without: Vec::new(),
        },
        protos: PROTOS.iter().map(|proto| repository(proto)).collect(),
        includes: Vec::new(),
    });
    let rendered = rendered.unwrap_or_else(|error| panic!("{error}"));
    let tools = rendered
        .tree
        .iter()
        .filter(|(path, _)| rendered.owners[*path] == Owner::Tool);
    tools
        .map(|(path, bytes)| (path.to_owned(), String::from_utf8_lossy(bytes).into_owned()))
        .collect()
}

#[test]
fn an_unedited_project_becomes_what_new_makes() {
    for snapshot in snapshots() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join(NAME);
        project(&snapshot, &root);
        let before = files(&root);
        let (code, said) = run(&root, &["sync"]);
        assert_eq!(code, 0, "{}: {said}", snapshot.display());
        let after = files(&root);
        let expected = present(&root);
        let tools = after
            .iter()
            .filter(|(path, _)| expected.contains_key(*path));
        assert_same(
            &tools
                .map(|(path, text)| (path.clone(), text.clone()))
                .collect(),
            &expected,
        );
        for (path, text) in after
            .iter()
            .filter(|(path, _)| !expected.contains_key(*path))
        {
            let is_as_before = before.get(path).is_none_or(|before| before == text);
            assert!(is_as_before, "{path} is the user's");
        }
        let (code, said) = run(&root, &["sync", "--check"]);
        assert_eq!(code, 0, "{}: {said}", snapshot.display());
    }
}

/// The user's own lines, each at the top and at the bottom of a file of the tool's.
const EDITED: [&str; 7] = [
    "Cargo.toml",
    "config/default.yaml",
    "crates/chassis/Cargo.toml",
    "crates/chassis/src/lib.rs",
    "crates/server/src/main.rs",
    "deny.toml",
    "justfile",
];

fn edit(root: &Path) -> BTreeMap<&'static str, [String; 2]> {
    let mut edits = BTreeMap::new();
    for path in EDITED {
        let text = std::fs::read_to_string(root.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let sign = if path.ends_with(".rs") { "//" } else { "#" };
        let lines = ["above", "below"].map(|place| format!("{sign} Ours, {place}."));
        let text = format!("{text}{}\n", lines[1]);
        // In front of the first item, or of what the crate's documentation begins with.
        let text = match text.find("\nuse ").filter(|_| sign == "//") {
            Some(at) => format!("{}{}\n{}", &text[..=at], lines[0], &text[at + 1..]),
            None => format!("{}\n{text}", lines[0]),
        };
        std::fs::write(root.join(path), text).expect("written");
        edits.insert(path, lines);
    }
    let handler = root.join("crates/service/src/shop.rs");
    let text = std::fs::read_to_string(&handler).expect("a handler");
    let written = text.replacen(
        "Err(request.unimplemented())",
        "Err(Status::unavailable(\"ours\"))",
        1,
    );
    assert_ne!(text, written);
    std::fs::write(handler, written).expect("written");
    std::fs::remove_file(root.join("AGENTS.md")).expect("removed");
    edits
}

#[test]
fn an_edited_project_keeps_its_edits_and_comes_along() {
    for snapshot in snapshots() {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(NAME);
        let _ = std::fs::remove_dir_all(&root);
        project(&snapshot, &root);
        let edits = edit(&root);
        let before = files(&root);
        let (mut code, mut said) = run(&root, &["sync"]);
        if code == 3 {
            assert_same(&files(&root), &before);
            (code, said) = run(&root, &["sync", "--conflict", "mine"]);
        }
        assert_eq!(code, 0, "{}: {said}", snapshot.display());
        let after = files(&root);
        for (path, lines) in &edits {
            let is_there = |line: &String| after[*path].lines().any(|other| other == line);
            assert!(lines.iter().all(is_there), "{path}: {}", after[*path]);
        }
        assert_eq!(
            after["crates/service/src/shop.rs"],
            before["crates/service/src/shop.rs"]
        );
        assert!(
            !after.contains_key("AGENTS.md"),
            "what was deleted stays deleted"
        );
        let untouched = |files: Files| -> Files {
            let is_untouched =
                |path: &String| !edits.contains_key(path.as_str()) && path != "AGENTS.md";
            files
                .into_iter()
                .filter(|(path, _)| is_untouched(path))
                .collect()
        };
        let expected = untouched(present(&root));
        let tools = after
            .into_iter()
            .filter(|(path, _)| expected.contains_key(path));
        assert_same(&untouched(tools.collect()), &expected);
        let (code, said) = run(&root, &["sync", "--check"]);
        assert_eq!(code, 0, "{}: {said}", snapshot.display());
        if slow("what was carried is built") {
            let workspace = Workspace { path: root };
            workspace.succeeds(&["check", "--workspace", "--quiet"]);
        }
    }
}
