//! Where a project lies, and what lies in it now.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::fingerprint::{Fingerprint, is_input};
use super::lock::{LOCK, Lock, Locked, Unreadable};
use super::settings::FILE;
use super::{BASE, State, base, hash};
use crate::error::{Problem, Result};
use crate::fs;
use crate::tree::Tree;

/// How many folders above the present one are searched, and how deep `proto/` is.
const LEVELS: usize = 64;

/// A folder with a project in it.
#[derive(Debug, Clone)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// The project that `start` lies in: the nearest folder with `protosmith.toml`, from there upwards.
    ///
    /// # Errors
    /// There is none.
    pub fn find(start: &Path) -> Result<Self> {
        let mut root = start.to_owned();
        for _ in 0..LEVELS {
            if root.join(FILE).is_file() {
                return Ok(Self { root });
            }
            if fs::or_here(&root)
                .canonicalize()
                .is_ok_and(|path| path.parent().is_none())
            {
                break;
            }
            root.push("..");
        }
        let shown = if start.as_os_str().is_empty() {
            "this folder".to_owned()
        } else {
            format!("`{}`", start.display())
        };
        Err(
            Problem::new(format!("there is no `{FILE}` in {shown} or above it"))
                .hint("go to the project, or make one with `protosmith new`")
                .into(),
        )
    }

    /// A folder that is known to hold a project, or is to hold one.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The folder; empty if it is the present one.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file of that path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The file as the user would type it.
    pub fn shown(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }

    /// The content of a file; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read, or is a folder.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        fs::read(&self.path(path))
    }

    /// Those of the files that are there.
    ///
    /// # Errors
    /// All that cannot be read.
    pub fn read_all(&self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Tree> {
        let mut tree = Tree::default();
        let mut problems = Vec::new();
        for path in paths {
            let path = path.as_ref();
            match self.read(path) {
                Ok(Some(bytes)) => {
                    tree.0.insert(path.to_owned(), Cow::Owned(bytes));
                }
                Ok(None) => {}
                Err(error) => problems.extend(error.problems),
            }
        }
        crate::error::Error::check(problems)?;
        Ok(tree)
    }

    /// The folder of the team's template that the settings name.
    ///
    /// # Errors
    /// The settings cannot be read.
    pub fn template(&self) -> Result<Option<PathBuf>> {
        let text = self.read(FILE)?.unwrap_or_default();
        let dir = super::settings::template(&String::from_utf8_lossy(&text));
        Ok(dir.map(|dir| self.root.join(dir)))
    }

    /// All that a render depends on: `protosmith.toml` and the protos.
    pub fn inputs(&self) -> Result<Tree> {
        let mut paths = vec![FILE.to_owned()];
        self.collect("proto", 0, &mut paths)?;
        paths.sort();
        self.read_all(paths)
    }

    fn collect(&self, folder: &str, depth: usize, paths: &mut Vec<String>) -> Result<()> {
        if depth > LEVELS {
            return Ok(());
        }
        for name in fs::names(&self.path(folder))? {
            let Some(name) = name.to_str() else { continue };
            let path = format!("{folder}/{name}");
            if is_input(&path) {
                paths.push(path);
            } else if self.path(&path).is_dir() {
                self.collect(&path, depth + 1, paths)?;
            }
        }
        Ok(())
    }

    /// What was rendered last, without the texts.
    ///
    /// # Errors
    /// The lock is damaged, or of a newer version of the tool; `None` if there is none.
    pub fn lock(&self) -> std::result::Result<Option<Lock>, Unreadable> {
        let Some(bytes) = self.read(LOCK).map_err(Unreadable::Damaged)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| Problem::new(format!("`{LOCK}` is not UTF-8")).at(LOCK, None, None))?;
        Lock::read(&text).map(Some)
    }

    /// What was rendered last.
    ///
    /// # Errors
    /// It is damaged, or its two halves do not belong together; `None` if there is none.
    pub fn state(&self, lock: Lock) -> Result<Option<State>> {
        let Some(bytes) = self.read(BASE)? else {
            return Ok(None);
        };
        let base = base::unpack(&bytes)?;
        let is_other = |(path, locked): &(&String, &Locked)| {
            let bytes = base.0.get(*path);
            bytes.is_none_or(|bytes| hash(bytes) != locked.hash)
        };
        let others = lock.files.iter().filter(is_other).map(|(path, _)| path);
        let unlocked = base.0.keys().filter(|path| !lock.files.contains_key(*path));
        if let Some(path) = others.chain(unlocked).next() {
            let message = format!("`{LOCK}` and `{BASE}` differ on `{path}`");
            return Err(Problem::new(message).at(LOCK, None, None).into());
        }
        Ok(Some(State { lock, base }))
    }

    /// The fingerprint of what is there.
    pub fn fingerprint(inputs: &Tree) -> Fingerprint {
        Fingerprint::of(inputs.iter())
    }
}
