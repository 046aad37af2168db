//! Puts a tree on disk: whole, or not at all.
//!
//! The files are staged in a folder beside the target, which is renamed when all of them are written. An error, a full
//! disk or Ctrl-C in between removes the stage; the target never holds half a workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Problem, Result};
use crate::fs;
use crate::interrupt;
use crate::tree::Tree;

/// Fails unless `target` is absent or an empty folder.
pub fn check_vacant(target: &Path) -> Result<()> {
    if target.is_file() {
        return Err(Problem::new(format!("`{}` is a file", target.display()))
            .hint("choose another folder")
            .into());
    }
    if fs::names(target)?.is_empty() {
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
/// Fails if `target` exists and is not an empty folder.
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
    let staged_and_moved = stage(parent, tree).and_then(|(stage, root)| {
        fs::rename(&root, &target)?;
        drop(stage);
        Ok(())
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
    let (stage, root) = stage(target, tree)?;
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    for name in fs::names(&root)? {
        let to = target.join(&name);
        if let Err(error) = interrupt::check().and_then(|()| fs::rename(&root.join(&name), &to)) {
            for (from, to) in moved {
                let _ = fs::rename(&to, &from);
            }
            return Err(error);
        }
        moved.push((root.join(&name), to));
    }
    drop(stage);
    Ok(())
}

/// Writes the tree into a new folder in `home`; dropping the first value removes what is still there.
fn stage(home: &Path, tree: &Tree) -> Result<(TempDir, PathBuf)> {
    let stage = tempfile::Builder::new()
        .prefix(".protosmith-")
        .tempdir_in(home);
    let stage = stage.map_err(|error| fs::problem("cannot make a folder in", home, &error))?;
    // One level down, since the folder that `tempfile` makes is closed to others.
    let root = stage.path().join("workspace");
    fs::create_dir_all(&root)?;
    let mut folders = BTreeSet::new();
    for (path, bytes) in tree.iter() {
        interrupt::check()?;
        let path = root.join(path);
        if let Some(folder) = path.parent()
            && folders.insert(folder.to_owned())
        {
            fs::create_dir_all(folder)?;
        }
        fs::write_new(&path, bytes)?;
    }
    Ok((stage, root))
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
