//! Kills and failures at every step of a transaction.

use std::path::Path;

use super::super::{Recovered, Transaction, pending};
use super::{files, new, old, project};
use crate::error::{Problem, Result};
use crate::write::disk::{Disk, Real};

/// A disk that does not do some steps; the first is 0.
#[derive(Default)]
struct Faulty {
    /// How many it was asked for.
    step: usize,
    /// This one it does not do, as a full disk.
    fails: Option<usize>,
    /// From this one on it does none, as for a killed process.
    killed: Option<usize>,
}

impl Faulty {
    /// Counts a step; an error if it is not to be done.
    fn step(&mut self) -> Result<()> {
        let step = self.step;
        self.step += 1;
        match self.fails == Some(step) || self.killed.is_some_and(|at| step >= at) {
            true => Err(Problem::new("the disk is gone").into()),
            false => Ok(()),
        }
    }
}

impl Disk for Faulty {
    fn write(&mut self, path: &Path, bytes: &[u8], like: &Path) -> Result<()> {
        let step = Some(self.step);
        if let Err(error) = self.step() {
            // Half of it was written, the first time.
            if step == self.fails || step == self.killed {
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

#[test]
fn a_kill_at_any_step_leaves_the_old_tree_or_the_new_one() {
    let (mut old_trees, mut new_trees) = (0, 0);
    for at in 0.. {
        let (home, changes) = project();
        let mut disk = Faulty {
            killed: Some(at),
            ..Faulty::default()
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
                killed: Some(again),
                ..Faulty::default()
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
            fails: Some(at),
            ..Faulty::default()
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
    // Step 16 is in the middle of the changes: 1 clearance, 9 for the files, 3 for the journal, then 4 changes.
    for killed in 16..26 {
        let (home, changes) = project();
        let mut disk = Faulty {
            fails: Some(15),
            killed: Some(killed),
            ..Faulty::default()
        };
        let failed = Transaction::new(home.path(), &mut disk).commit(&changes);
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
