//! Puts a new tree on disk.
//!
//! Files are staged in a folder of a known name beside the target, which is renamed when all of them are written. An
//! error, a full disk or Ctrl-C in between removes the stage; what a killed run has left, the next one for the same
//! target removes or, if files are in place already, finishes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Problem, Result};
use crate::fs;
use crate::interrupt;
use crate::tree::Tree;
use crate::write::running::{Running, lock};

/// Before the name of a target: the folder beside it in which a run stages the files.
const STAGE: &str = ".protosmith-new-";
/// The same in a target that is there and empty.
const PART: &str = ".protosmith-part";
/// What that is once all files are there, and are put in place.
const WHOLE: &str = ".protosmith-whole";
/// In each of them: held by the run whose it is.
const LOCK: &str = ".running";

/// Fails unless `target` is absent or a folder that is empty but for what a killed run has left.
pub fn check_vacant(target: &Path) -> Result<()> {
    if target.is_file() {
        return Err(Problem::new(format!("`{}` is a file", target.display()))
            .hint("choose another folder")
            .into());
    }
    let names = fs::names(target)?;
    if names.iter().all(|name| name == PART) || is_half_filled(target) {
        return Ok(());
    }
    Err(
        Problem::new(format!("`{}` exists and is not empty", target.display()))
            .hint("choose another folder, or empty this one")
            .into(),
    )
}

/// Creates `target` with the files of `tree`.
///
/// Fails if `target` exists and is not an empty folder; also if a killed run had begun to fill it, which is then
/// finished, since somebody may have gone on from there.
pub fn create(target: &Path, tree: &Tree) -> Result<()> {
    check_vacant(target)?;
    interrupt::uninterrupted(|| {
        if target.exists() {
            fill(target, tree)
        } else {
            make(target, tree)
        }
    })
}

/// Writes the tree beside a target that does not exist, and renames it.
fn make(target: &Path, tree: &Tree) -> Result<()> {
    let target =
        std::path::absolute(target).map_err(|error| fs::problem("cannot find", target, &error))?;
    let Some(parent) = target.parent() else {
        return Err(Problem::new("the root of the file system cannot be a workspace").into());
    };
    let made = make_parents(parent)?;
    let mut stage = OsString::from(STAGE);
    stage.push(target.file_name().unwrap_or_default());
    let staged_and_moved = Stage::begin(parent.join(stage)).and_then(|mut stage| {
        stage.write(tree)?;
        stage.unlock()?;
        fs::rename(&stage.path, &target)
    });
    if staged_and_moved.is_err() {
        // Deepest first; a folder that somebody else filled meanwhile stays.
        for folder in made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
    staged_and_moved
}

/// Writes the tree into an empty folder, which stays the folder that it is: it may be a mount, or where the user's
/// shell stands.
fn fill(target: &Path, tree: &Tree) -> Result<()> {
    if is_half_filled(target) {
        return finish(target);
    }
    let mut stage = Stage::begin(target.join(PART))?;
    stage.write(tree)?;
    stage.rename(target.join(WHOLE))?;
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    for name in staged(&stage.path)? {
        let (from, to) = (stage.path.join(&name), target.join(&name));
        if let Err(error) = interrupt::check().and_then(|()| fs::rename(&from, &to)) {
            for (from, to) in moved {
                let _ = fs::rename(&to, &from);
            }
            return Err(error);
        }
        moved.push((from, to));
    }
    Ok(())
}

/// Whether a run was killed that had written all and was putting it in place.
fn is_half_filled(target: &Path) -> bool {
    target.join(WHOLE).is_dir()
}

/// Puts the rest in place, and says so: it is the workspace of another run, and somebody may have gone on from there.
fn finish(target: &Path) -> Result<()> {
    let whole = target.join(WHOLE);
    let running = lock(&whole.join(LOCK))?;
    for name in staged(&whole)? {
        let to = target.join(&name);
        if to.exists() {
            return Err(Problem::new(format!("`{}` is in the way", to.display()))
                .hint("move it away, and run this again: an earlier run was killed, and left another one")
                .into());
        }
        fs::rename(&whole.join(&name), &to)?;
    }
    drop(running);
    fs::remove_dir_all(&whole)?;
    let shown = target.display();
    let problem = Problem::new(format!(
        "an earlier run was killed while it filled `{shown}`"
    ));
    let hint = "it is finished now; empty the folder to make another workspace there";
    Err(problem.hint(hint).into())
}

/// What is in a folder in which files are staged.
fn staged(path: &Path) -> Result<Vec<OsString>> {
    let mut names = fs::names(path)?;
    names.retain(|name| name != LOCK);
    Ok(names)
}

/// The folder in which files are staged, of one run for as long as it works; gone with the value.
struct Stage {
    path: PathBuf,
    running: Option<Running>,
}

impl Stage {
    /// An empty one, whatever a killed run has left there.
    fn begin(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(&path)?;
        let running = Some(lock(&path.join(LOCK))?);
        let stage = Self { path, running };
        for name in staged(&stage.path)? {
            let left = stage.path.join(name);
            match left.is_dir() {
                true => fs::remove_dir_all(&left)?,
                false => fs::remove_file(&left)?,
            }
        }
        Ok(stage)
    }

    fn write(&self, tree: &Tree) -> Result<()> {
        let mut folders = BTreeSet::new();
        for (path, bytes) in tree.iter() {
            interrupt::check()?;
            let path = self.path.join(path);
            if let Some(folder) = path.parent()
                && folders.insert(folder.to_owned())
            {
                fs::create_dir_all(folder)?;
            }
            fs::write_new(&path, bytes)?;
        }
        Ok(())
    }

    /// Some systems rename no folder, and remove no file, that is open.
    fn unlock(&mut self) -> Result<()> {
        self.running.take();
        fs::remove_file(&self.path.join(LOCK))
    }

    fn rename(&mut self, path: PathBuf) -> Result<()> {
        self.unlock()?;
        fs::rename(&self.path, &path)?;
        self.path = path;
        self.running = Some(lock(&self.path.join(LOCK))?);
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.running.take();
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Makes the folders above the target; gives those that were not there, outermost first.
fn make_parents(parent: &Path) -> Result<Vec<PathBuf>> {
    let mut missing: Vec<_> = parent
        .ancestors()
        .take_while(|folder| !folder.exists())
        .map(Path::to_owned)
        .collect();
    missing.reverse();
    fs::create_dir_all(parent)?;
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let owned = |(path, text): &(&str, &str)| {
            ((*path).to_owned(), Cow::Owned(text.as_bytes().to_vec()))
        };
        Tree(files.iter().map(owned).collect())
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::names(path)
            .expect("a folder")
            .into_iter()
            .map(|n| n.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_holds_the_tree_and_nothing_lies_beside_it() {
        let home = tempfile::tempdir().expect("a folder");
        create(
            &home.path().join("a/b/ws"),
            &tree(&[("x/y.rs", "1"), ("run", "#!/bin/sh\n")]),
        )
        .expect("created");
        assert_eq!(names(&home.path().join("a/b")), ["ws"]);
        assert_eq!(names(&home.path().join("a/b/ws")), ["run", "x"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |name: &str| {
                home.path()
                    .join("a/b/ws")
                    .join(name)
                    .metadata()
                    .expect("it exists")
                    .permissions()
                    .mode()
            };
            assert_eq!(mode("run") & 0o777, 0o755);
            assert_eq!(mode("x/y.rs") & 0o111, 0);
        }
    }

    #[test]
    fn an_empty_folder_is_filled_in_place() {
        let home = tempfile::tempdir().expect("a folder");
        create(home.path(), &tree(&[("x", "1"), ("y/z", "2")])).expect("created");
        assert_eq!(names(home.path()), ["x", "y"]);
        let refused = create(home.path(), &tree(&[])).expect_err("it is not empty now");
        assert!(
            refused.to_string().contains("exists and is not empty"),
            "{refused}"
        );
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        // A file cannot be a folder too: the second write fails.
        let broken = tree(&[("x", "1"), ("x/y", "2")]);
        create(&home.path().join("a/ws"), &broken).expect_err("it cannot be written");
        create(home.path(), &broken).expect_err("it cannot be written");
        assert_eq!(names(home.path()), [""; 0]);
    }
}
