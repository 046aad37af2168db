//! Kills and failures at every step of a transaction.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::disk::{Disk, Real};
use super::super::running;
use super::{Change, Recovered, Transaction, commit, pending, undo};
use crate::error::{Problem, Result};
use crate::fs;
use crate::tree::Bytes;

/// A disk that does not do step `at`: once, as a full disk, or for ever from there, as a killed process.
struct Faulty {
    step: usize,
    at: usize,
    killed: bool,
}

impl Faulty {
    /// Counts a step; an error if it is not to be done.
    fn step(&mut self) -> Result<()> {
        let step = self.step;
        self.step += 1;
        match step == self.at || self.killed && step > self.at {
            true => Err(Problem::new("the disk is gone").into()),
            false => Ok(()),
        }
    }
}

impl Disk for Faulty {
    fn write(&mut self, path: &Path, bytes: &[u8], like: &Path) -> Result<()> {
        if let Err(error) = self.step() {
            // Half of it was written, the first time.
            if self.step == self.at + 1 {
                Real.write(path, bytes.get(..bytes.len() / 2).unwrap_or_default(), like)?;
            }
            return Err(error);
        }
        Real.write(path, bytes, like)
    }

    fn flush(&mut self, path: &Path) -> Result<()> {
        self.step()?;
        Real.flush(path)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
        self.step()?;
        Real.rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> Result<()> {
        self.step()?;
        Real.remove(path)
    }

    fn remove_all(&mut self, path: &Path) -> Result<()> {
        self.step()?;
        Real.remove_all(path)
    }
}

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
fn a_kill_at_any_step_leaves_the_old_tree_or_the_new_one() {
    let (mut old_trees, mut new_trees) = (0, 0);
    for at in 0.. {
        let (home, changes) = project();
        let mut disk = Faulty {
            step: 0,
            at,
            killed: true,
        };
        if Transaction::new(home.path(), &mut disk)
            .commit(&changes)
            .is_ok()
        {
            assert!(at > 10, "only {at} steps");
            break;
        }
        let begun = pending(home.path());
        if !begun {
            let tree = files(home.path());
            assert!(
                tree == old() || tree == new(),
                "killed at step {at}: {tree:?}"
            );
        }
        // The next run may be killed as well.
        for again in [0, 1, 2, 3] {
            let mut disk = Faulty {
                step: 0,
                at: again,
                killed: true,
            };
            let _ = Transaction::new(home.path(), &mut disk).recover();
        }
        Transaction::new(home.path(), &mut Real)
            .recover()
            .expect("recovered");
        let tree = files(home.path());
        assert!(
            tree == if begun { new() } else { tree.clone() },
            "step {at}"
        );
        match tree == new() {
            true => new_trees += 1,
            false => old_trees += 1,
        }
        assert!(
            tree == old() || tree == new(),
            "recovered from step {at}: {tree:?}"
        );
        let again = Transaction::new(home.path(), &mut Real).recover();
        assert_eq!(again, Ok(Recovered::Nothing), "step {at}");
        assert!(!home.path().join(".protosmith/stage").exists());
    }
    assert!(
        old_trees > 3 && new_trees > 3,
        "{old_trees} old, {new_trees} new"
    );
}

#[test]
fn a_failure_at_any_step_takes_everything_back() {
    for at in 0.. {
        let (home, changes) = project();
        let mut disk = Faulty {
            step: 0,
            at,
            killed: false,
        };
        let done = Transaction::new(home.path(), &mut disk).commit(&changes);
        if done.is_ok() && disk.step <= at {
            break;
        }
        Transaction::new(home.path(), &mut Real)
            .recover()
            .expect("recovered");
        let tree = files(home.path());
        // Keeping the old files for `undo` comes after the changes.
        let made = pending(home.path()) || home.path().join(".protosmith/undo").exists();
        assert!(
            tree == old() || made && tree == new(),
            "failed at step {at}: {tree:?}"
        );
        assert!(!pending(home.path()));
    }
}

/// Killed while it takes back what failed.
#[test]
fn a_kill_while_taking_back_is_taken_back() {
    struct Both(Faulty, usize);
    impl Both {
        fn step(&mut self) -> Result<()> {
            let result = self.0.step();
            if self.0.step > self.1 {
                Err(Problem::new("killed").into())
            } else {
                result
            }
        }
    }
    impl Disk for Both {
        fn write(&mut self, path: &Path, bytes: &[u8], like: &Path) -> Result<()> {
            self.step()?;
            Real.write(path, bytes, like)
        }
        fn flush(&mut self, path: &Path) -> Result<()> {
            self.step()?;
            Real.flush(path)
        }
        fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
            self.step()?;
            Real.rename(from, to)
        }
        fn remove(&mut self, path: &Path) -> Result<()> {
            self.step()?;
            Real.remove(path)
        }
        fn remove_all(&mut self, path: &Path) -> Result<()> {
            self.step()?;
            Real.remove_all(path)
        }
    }
    // Step 16 is in the middle of the changes: 1 clearance, 9 for the files, 3 for the journal, then 4 changes.
    for killed in 16..26 {
        let (home, changes) = project();
        let fails = Faulty {
            step: 0,
            at: 15,
            killed: false,
        };
        let failed = Transaction::new(home.path(), &mut Both(fails, killed)).commit(&changes);
        assert!(failed.is_err());
        let back = home.path().join(".protosmith/back.toml").exists();
        Transaction::new(home.path(), &mut Real)
            .recover()
            .expect("recovered");
        let tree = files(home.path());
        let expected = if back { old() } else { tree.clone() };
        assert_eq!(tree, expected, "killed at {killed}");
        assert!(
            tree == old() || tree == new(),
            "killed at {killed}: {tree:?}"
        );
    }
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

#[test]
fn two_runs_do_not_meet() {
    let (home, _) = project();
    let first = running(home.path()).expect("free");
    let refused = running(home.path()).expect_err("taken");
    assert!(
        refused.to_string().contains("another protosmith"),
        "{refused}"
    );
    drop(first);
    running(home.path()).expect("free again");
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
