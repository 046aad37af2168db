//! What becomes of a tree.

mod faults;

use std::collections::BTreeMap;
use std::path::Path;

use super::{Change, commit, undo};
use crate::fs;
use crate::tree::Bytes;

type Files = BTreeMap<String, String>;

/// All files but those of ours.
fn files(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for name in fs::names(&root.join(&folder)).expect("a folder") {
            let path = format!("{folder}{}", name.to_string_lossy());
            if root.join(&path).is_dir() {
                if path != ".protosmith" {
                    folders.push(format!("{path}/"));
                }
            } else {
                let bytes = fs::read(&root.join(&path))
                    .expect("readable")
                    .expect("there");
                files.insert(path, String::from_utf8(bytes).expect("a text"));
            }
        }
    }
    files
}

fn bytes(text: &str) -> Bytes {
    Bytes::Owned(text.as_bytes().to_vec())
}

/// A folder with files, and changes of all kinds: an update, a new file in a new folder, a removal.
fn project() -> (tempfile::TempDir, Vec<Change>) {
    let home = tempfile::tempdir().expect("a folder");
    let old = [
        ("a", "old a"),
        ("b/c", "old c"),
        ("gone/d", "old d"),
        ("kept", "kept"),
    ];
    for (path, text) in old {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().expect("below")).expect("made");
        fs::write_new(&path, text.as_bytes()).expect("written");
    }
    let change = |path: &str, old: Option<&str>, new: Option<&str>| Change {
        path: path.to_owned(),
        old: old.map(bytes),
        new: new.map(bytes),
    };
    let changes = vec![
        change("a", Some("old a"), Some("new a")),
        change("b/c", Some("old c"), Some("new c")),
        change("e/f/g", None, Some("new g")),
        change("gone/d", Some("old d"), None),
    ];
    (home, changes)
}

fn old() -> Files {
    files(project().0.path())
}

fn new() -> Files {
    let text = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
    [
        ("a", "new a"),
        ("b/c", "new c"),
        ("e/f/g", "new g"),
        ("kept", "kept"),
    ]
    .map(text)
    .into()
}

#[test]
fn a_transaction_is_made_and_undone_and_made_again() {
    let (home, changes) = project();
    commit(home.path(), &changes).expect("done");
    assert_eq!(files(home.path()), new());
    undo(home.path()).expect("undone");
    assert_eq!(files(home.path()), old());
    undo(home.path()).expect("redone");
    assert_eq!(files(home.path()), new());
}

#[test]
fn a_file_that_was_changed_meanwhile_is_not_overwritten() {
    let (home, changes) = project();
    fs::write_new(&home.path().join("b/c"), b"edited").expect("written");
    let refused = commit(home.path(), &changes).expect_err("it was edited");
    assert!(
        refused.to_string().contains("`b/c` was changed while"),
        "{refused}"
    );
    assert_eq!(files(home.path())["a"], "old a");
    assert!(!home.path().join(".protosmith/stage").exists());
}

#[test]
fn what_was_edited_since_is_not_undone() {
    let (home, changes) = project();
    commit(home.path(), &changes).expect("done");
    fs::write_new(&home.path().join("a"), b"edited").expect("written");
    let refused = undo(home.path()).expect_err("it was edited");
    assert!(
        refused.to_string().contains("`a` was changed since"),
        "{refused}"
    );
    let (empty, _) = project();
    let refused = undo(empty.path()).expect_err("nothing was done");
    assert!(refused.to_string().contains("nothing to undo"), "{refused}");
}

#[cfg(unix)]
#[test]
fn links_and_modes_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, changes) = project();
    let real = home.path().join("real");
    fs::rename(&home.path().join("a"), &real).expect("moved");
    std::os::unix::fs::symlink("real", home.path().join("a")).expect("linked");
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&real, mode).expect("set");
    commit(home.path(), &changes).expect("done");
    assert!(home.path().join("a").is_symlink());
    assert_eq!(
        fs::read(&real).expect("readable").as_deref(),
        Some(&b"new a"[..])
    );
    let mode = std::fs::metadata(&real)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}
