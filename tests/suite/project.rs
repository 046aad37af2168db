//! Projects on disk for the tests of `sync`, and what is told of one whose own files are wrong.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use protosmith::feature::{Choice, Preset};
use protosmith::project::{Fingerprint, State};
use protosmith::tree::Tree;
use protosmith::{Request, project, write};

use crate::command::complaints;
use crate::workspace::protosmith;

/// A project in a folder of its own.
pub(crate) struct Project {
    _home: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

/// Text by path.
pub(crate) type Files = BTreeMap<String, String>;

impl Project {
    /// The sample with some features, as `new` makes it.
    pub(crate) fn new(features: &[&str]) -> Self {
        Self::of(features, Vec::new(), |_| {})
    }

    /// As an older version would have rendered it: `older` changes what this one renders.
    pub(crate) fn of(features: &[&str], protos: Vec<PathBuf>, older: impl Fn(&mut Tree)) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("greeter");
        let rendered = protosmith::render(&Request {
            name: "greeter".to_owned(),
            choice: Choice {
                preset: Preset::Minimal,
                with: features.iter().map(|name| (*name).to_owned()).collect(),
                without: Vec::new(),
            },
            protos,
            ..Request::default()
        });
        let rendered = rendered.expect("it renders");
        let mut tree = rendered.tree.clone();
        older(&mut tree);
        let inputs = match tree == rendered.tree {
            true => Fingerprint::of_tree(&tree),
            false => Fingerprint("of an older version".to_owned()),
        };
        let state = State::of(&tree, &rendered.owners, inputs);
        tree.0.extend(state.files().0);
        write::create(&root, &tree).expect("it is written");
        Self { _home: home, root }
    }

    /// An empty folder.
    pub(crate) fn nothing() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("nothing");
        std::fs::create_dir(&root).expect("made");
        Self { _home: home, root }
    }

    /// The project that was made in a folder of it.
    pub(crate) fn below(self, folder: &str) -> Self {
        let root = self.root.join(folder);
        Self { root, ..self }
    }

    /// Runs the command line in the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = protosmith();
        command.args(arguments).current_dir(&self.root);
        command.output().expect("protosmith runs")
    }

    /// Runs it, and panics with all it said unless it ends with this code; gives both streams.
    pub(crate) fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("below")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    /// Replaces a text in a file that has it.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// All files of the tool's: without those that are written once.
    pub(crate) fn tools(&self) -> Files {
        let mut files = self.files();
        files.retain(|path, _| !["README.md", "config/dev.yaml"].contains(&path.as_str()));
        files
    }

    /// All files but `.protosmith`.
    pub(crate) fn files(&self) -> Files {
        let mut files = files_below(&self.root);
        files.retain(|path, _| !path.starts_with(project::FOLDER) && !path.starts_with(".git/"));
        files
    }
}

/// All files below a folder.
pub(crate) fn files_below(folder: &Path) -> Files {
    let mut files = Files::new();
    collect(folder, "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            let bytes = std::fs::read(entry.path()).expect("a file");
            files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

/// Panics with the names of the files that differ.
pub(crate) fn assert_same(found: &Files, expected: &Files) {
    let differ = differing(found, expected);
    let first = differ
        .first()
        .map(|path| (found.get(*path), expected.get(*path)));
    assert!(differ.is_empty(), "{differ:?}: {first:?}");
}

/// The names of the files that differ; those of files that both have occur twice.
pub(crate) fn differing<'a>(a: &'a Files, b: &'a Files) -> Vec<&'a String> {
    let paths = a.keys().chain(b.keys());
    paths.filter(|path| a.get(*path) != b.get(*path)).collect()
}

/// Replaces a text in a file of a tree.
pub(crate) fn replaced(tree: &mut Tree, path: &str, from: &str, to: &str) {
    let text = String::from_utf8_lossy(&tree.0[path]).into_owned();
    assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
    let text = text.replacen(from, to, 1);
    tree.0
        .insert(path.to_owned(), Cow::Owned(text.into_bytes()));
}

#[test]
fn mistakes_in_the_settings_have_a_line() {
    let project = Project::new(&["health"]);
    project.edit("protosmith.toml", "\"health\"", "\"helth\"");
    let said = project.ends(1, &["sync"]);
    assert!(said.contains("no feature `helth`"), "{said}");
    assert!(said.contains("did you mean `health`"), "{said}");
    assert!(said.contains("--> protosmith.toml:"), "{said}");
    project.write("protosmith.toml", "[project\n");
    assert!(
        project
            .ends(1, &["sync", "--check"])
            .contains("protosmith.toml:1")
    );
}

#[test]
fn a_proto_that_is_gone_is_named() {
    let project = Project::new(&[]);
    std::fs::remove_file(project.path("proto/greeter/v1/greeter.proto")).expect("removed");
    let said = project.ends(1, &["sync"]);
    assert!(said.contains("proto/greeter/v1/greeter.proto"), "{said}");
}

#[test]
fn the_project_is_found_from_below() {
    let project = Project::new(&[]);
    let below = |arguments: &[&str]| {
        let mut command = protosmith();
        command
            .args(arguments)
            .current_dir(project.path("crates/chassis/src"));
        command.output().expect("it runs")
    };
    assert!(below(&["sync", "--check"]).status.success());
    assert!(below(&["own", "stack.rs"]).status.success());
    assert!(
        project
            .read("protosmith.toml")
            .contains("crates/chassis/src/stack.rs")
    );
    let elsewhere = protosmith()
        .args(["sync", "-C", "/"])
        .output()
        .expect("it runs");
    let said = complaints(&elsewhere);
    assert!(
        said.contains("there is no `protosmith.toml` in `/`"),
        "{said}"
    );
}

#[test]
fn a_lock_of_a_newer_version_is_not_guessed_at() {
    let project = Project::new(&[]);
    project.edit(".protosmith/lock.toml", "version = 1", "version = 9");
    let said = project.ends(1, &["sync"]);
    assert!(said.contains("format 9, expected 1"), "{said}");
}

/// `cargo generate` leaves no `.protosmith`; nothing more than `sync` is needed.
#[test]
fn a_project_without_a_memory_is_taken_over() {
    let project = Project::new(&["health", "client"]);
    std::fs::remove_dir_all(project.path(".protosmith")).expect("removed");
    project.edit("deny.toml", "\n", "\n# mine\n");
    let before = project.files();
    let said = project.ends(0, &["sync"]);
    assert!(
        said.contains("does not say what was rendered last"),
        "{said}"
    );
    assert!(said.contains("the one that differs"), "{said}");
    assert_same(&project.files(), &before);
    assert!(project.ends(0, &["sync"]).contains("up to date"));

    // Settings that were edited before the first sync.
    std::fs::remove_dir_all(project.path(".protosmith")).expect("removed");
    project.edit(
        "protosmith.toml",
        "    \"client\",\n",
        "    \"compression\",\n    \"client\",\n",
    );
    project.ends(0, &["sync"]);
    let expected = Project::new(&["health", "client", "compression"]);
    let mut files = project.tools();
    assert!(files["deny.toml"].contains("# mine\n"));
    files.insert(
        "deny.toml".to_owned(),
        expected.files()["deny.toml"].clone(),
    );
    assert_same(&files, &expected.tools());
}

#[test]
fn a_generated_sample_makes_room_for_a_proto_of_the_users() {
    let project = Project::new(&["client"]);
    std::fs::remove_dir_all(project.path(".protosmith")).expect("removed");
    project.write("proto/acme/shop.proto", SHOP);
    project.edit(
        "protosmith.toml",
        "greeter/v1/greeter.proto",
        "acme/shop.proto",
    );
    project.ends(0, &["sync"]);
    let files = project.files();
    assert!(files.contains_key("crates/service/src/shop.rs"));
    assert!(!files.contains_key("crates/service/src/greeter.rs"));
    assert!(!files.contains_key("crates/client/examples/hello.rs"));
    assert!(files["crates/server/src/services.rs"].contains("service::shop::Shop"));
    assert!(!files["protosmith.toml"].contains("sample"));
}

pub(crate) const SHOP: &str = "syntax = \"proto3\";\npackage acme;\nmessage Order {}\nservice Shop {\n  \
    rpc Buy (Order) returns (Order);\n}\n";

#[test]
fn a_damaged_memory_is_said_and_made_anew() {
    for (path, bytes) in [
        (".protosmith/base.tar.gz", &b"no archive"[..]),
        (".protosmith/lock.toml", b"no lock"),
        (".protosmith/lock.toml", b"\xff"),
    ] {
        let project = Project::new(&["health"]);
        project.edit("config/default.yaml", "\n", "\n# mine\n");
        std::fs::write(project.path(path), bytes).expect("written");
        let before = project.files();
        // The base is only looked at if there is something to do.
        let said = project.ends(0, &["add", "compression"]);
        assert!(
            said.contains(".protosmith") || said.contains("warning"),
            "{path}: {said}"
        );
        project.ends(0, &["remove", "compression"]);
        assert_same(&project.files(), &before);
    }
}
