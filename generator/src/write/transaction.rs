//! Changes a tree that is there: all of it or nothing, whenever the process is killed.
//!
//! ```text
//! .protosmith/stage/new    what will be there     ┐ staged, read back, and held against
//! .protosmith/stage/old    what is there          ┘ what the changes were made of
//! .protosmith/journal.toml from here on it is done, if not by this run, then by the next
//! .protosmith/back.toml    a step failed: from here on it is taken back
//! .protosmith/undo         the stage of the last transaction, with its journal
//! ```

#[cfg(test)]
mod tests;
mod undo;

use std::path::{Path, PathBuf};

use super::disk::{Disk, Real};
use super::journal::{Entry, Journal};
use crate::error::{Error, Problem, Result};
use crate::project::{FOLDER, hash};
use crate::tree::Bytes;
use crate::{fs, interrupt};

pub use undo::undo;

/// One file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In the project, with `/`.
    pub path: String,
    /// What is there; none if nothing is.
    pub old: Option<Bytes>,
    /// What will be there; none if it is removed.
    pub new: Option<Bytes>,
}

/// What an earlier run had left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// Nothing.
    Nothing,
    /// It was killed before it changed anything.
    Cleaned,
    /// It was killed while it changed the files; they are changed now.
    Finished,
    /// It was killed while it took its changes back; they are taken back now.
    TakenBack,
}

/// Makes the changes.
///
/// # Errors
/// A file is no longer what `old` says, or the disk refuses; then nothing is changed.
pub fn commit(root: &Path, changes: &[Change]) -> Result<()> {
    interrupt::uninterrupted(|| Transaction::new(root, &mut Real).commit(changes))
}

/// Notes something beside the files, each by itself, and leaves what can be undone as it is.
///
/// # Errors
/// The disk refuses.
pub fn note(root: &Path, changes: &[Change]) -> Result<()> {
    let staged = root.join(FOLDER).join(STAGE).join("note");
    for change in changes {
        if let Some(new) = &change.new {
            Real.write(&staged, new, Path::new(""))?;
            Real.flush(&staged)?;
            Real.rename(&staged, &root.join(&change.path))?;
        }
    }
    Real.remove_all(&root.join(FOLDER).join(STAGE))
}

/// Finishes what a run that was killed had begun.
///
/// # Errors
/// The disk refuses.
pub fn recover(root: &Path) -> Result<Recovered> {
    interrupt::uninterrupted(|| Transaction::new(root, &mut Real).recover())
}

/// Whether a run that was killed had begun to change files.
pub fn pending(root: &Path) -> bool {
    let folder = root.join(FOLDER);
    folder.join(JOURNAL).exists() || folder.join(BACK).exists()
}

/// Whether a run that was killed left anything that [`recover`] sees to.
pub fn unfinished(root: &Path) -> bool {
    pending(root) || root.join(FOLDER).join(STAGE).exists()
}

const JOURNAL: &str = "journal.toml";
const BACK: &str = "back.toml";
const STAGE: &str = "stage";
const UNDO: &str = "undo";

/// The steps, on some disk.
pub(super) struct Transaction<'a> {
    root: &'a Path,
    folder: PathBuf,
    disk: &'a mut dyn Disk,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(root: &'a Path, disk: &'a mut dyn Disk) -> Self {
        Self {
            root,
            folder: root.join(FOLDER),
            disk,
        }
    }

    pub(super) fn commit(&mut self, changes: &[Change]) -> Result<()> {
        let journal = match self.stage(changes) {
            Ok(journal) => journal,
            Err(error) => {
                let _ = self.disk.remove_all(&self.folder.join(STAGE));
                return Err(error);
            }
        };
        match self.roll_forward(&journal) {
            Ok(()) => self.keep_for_undo(),
            Err(error) => {
                // If this fails too, the next run takes up where it ended.
                let _ = self.take_back(&journal);
                Err(error)
            }
        }
    }

    pub(super) fn recover(&mut self) -> Result<Recovered> {
        let read = |path: PathBuf| -> Result<Option<Journal>> {
            let shown = path.display().to_string();
            let bytes = fs::read(&path)?;
            bytes.map(|bytes| Journal::read(&bytes, &shown)).transpose()
        };
        if let Some(journal) = read(self.folder.join(BACK))? {
            self.put_back(&journal)?;
            return Ok(Recovered::TakenBack);
        }
        if let Some(journal) = read(self.folder.join(JOURNAL))? {
            self.roll_forward(&journal)?;
            self.keep_for_undo()?;
            return Ok(Recovered::Finished);
        }
        let stage = self.folder.join(STAGE);
        if stage.exists() {
            self.disk.remove_all(&stage)?;
            return Ok(Recovered::Cleaned);
        }
        Ok(Recovered::Nothing)
    }

    /// Up to the point from which on the changes are made.
    fn stage(&mut self, changes: &[Change]) -> Result<Journal> {
        let stage = self.folder.join(STAGE);
        self.disk.remove_all(&stage)?;
        let mut journal = Journal::default();
        for change in changes {
            interrupt::check()?;
            let target = self.target(&change.path);
            if let Some(old) = &change.old {
                self.disk
                    .write(&stage.join("old").join(&change.path), old, &target)?;
            }
            if let Some(new) = &change.new {
                let staged = stage.join("new").join(&change.path);
                self.disk.write(&staged, new, &target)?;
                self.disk.flush(&staged)?;
                if fs::read(&staged)?.as_deref() != Some(new.as_ref()) {
                    let message = format!("`{}` is not what was written to it", staged.display());
                    return Err(Problem::new(message).hint("look after the disk").into());
                }
            }
            journal.change.push(Entry {
                path: change.path.clone(),
                old: change.old.as_ref().map(|bytes| hash(bytes)),
                new: change.new.as_ref().map(|bytes| hash(bytes)),
            });
        }
        let mut problems = Vec::new();
        for change in changes {
            if fs::read(&self.target(&change.path))?.as_deref() != change.old.as_deref() {
                let message = format!("`{}` was changed while protosmith worked", change.path);
                problems.push(Problem::new(message).hint("run the command again"));
            }
        }
        Error::check(problems)?;
        interrupt::check()?;
        let staged = stage.join(JOURNAL);
        self.disk
            .write(&staged, journal.text().as_bytes(), Path::new(""))?;
        self.disk.flush(&staged)?;
        self.disk.rename(&staged, &self.folder.join(JOURNAL))?;
        Ok(journal)
    }

    /// Makes what changes are not made yet: a staged file that is gone is in its place already.
    fn roll_forward(&mut self, journal: &Journal) -> Result<()> {
        for entry in &journal.change {
            let target = self.target(&entry.path);
            let staged = self.folder.join(STAGE).join("new").join(&entry.path);
            match &entry.new {
                Some(_) if staged.exists() => self.disk.rename(&staged, &target)?,
                Some(_) => {}
                None => {
                    self.disk.remove(&target)?;
                    self.sweep(&entry.path);
                }
            }
        }
        Ok(())
    }

    fn keep_for_undo(&mut self) -> Result<()> {
        let (stage, undo) = (self.folder.join(STAGE), self.folder.join(UNDO));
        if stage.exists() {
            self.disk.remove_all(&undo)?;
            self.disk.rename(&stage, &undo)?;
        }
        self.disk
            .rename(&self.folder.join(JOURNAL), &undo.join(JOURNAL))
    }

    fn take_back(&mut self, journal: &Journal) -> Result<()> {
        self.disk
            .rename(&self.folder.join(JOURNAL), &self.folder.join(BACK))?;
        self.put_back(journal)
    }

    /// Puts the old files back; a staged one that is gone is in its place already.
    fn put_back(&mut self, journal: &Journal) -> Result<()> {
        for entry in journal.change.iter().rev() {
            let target = self.target(&entry.path);
            let staged = self.folder.join(STAGE).join("old").join(&entry.path);
            match &entry.old {
                Some(_) if staged.exists() => self.disk.rename(&staged, &target)?,
                Some(_) => {}
                None => {
                    // What was not reached is still somebody else's, if there is something at all.
                    let now = fs::read(&target)?.map(|bytes| hash(&bytes));
                    if now == entry.new {
                        self.disk.remove(&target)?;
                        self.sweep(&entry.path);
                    }
                }
            }
        }
        self.disk.remove_all(&self.folder.join(STAGE))?;
        self.disk.remove(&self.folder.join(BACK))
    }

    /// The file that a path means; a link stays a link.
    fn target(&self, path: &str) -> PathBuf {
        let path = self.root.join(path);
        match path.is_symlink() {
            true => path.canonicalize().unwrap_or(path),
            false => path,
        }
    }

    /// Removes the folders above a removed file that are empty now.
    fn sweep(&self, path: &str) {
        let folders = Path::new(path).ancestors().skip(1);
        for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
            if fs::remove_dir(&self.root.join(folder)).is_err() {
                return;
            }
        }
    }
}
