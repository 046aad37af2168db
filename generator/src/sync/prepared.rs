//! What becomes of a project, before and when it is written.

use std::collections::BTreeMap;

use super::{FileState, Resolution, after, evolved, states};
use crate::error::{Problem, Result};
use crate::evolution::Change;
use crate::merge::{self, Conflict, Outcome};
use crate::model::Model;
use crate::plan::Owner;
use crate::project::{Fingerprint, Lock, Place, State, is_input};
use crate::tree::{Bytes, Tree};
use crate::{Rendered, write};

/// What becomes of a project.
#[derive(Debug)]
pub struct Prepared {
    pub(super) place: Place,
    pub(super) resolution: Resolution,
    /// What was rendered last; the base is empty if `fresh` is `None`.
    pub(super) before: State,
    /// The lock as it is on the disk; `None` if there is none, or none that can be read.
    pub(super) lock: Option<Lock>,
    /// The files as they are.
    pub(super) yours: Tree,
    /// The settings and protos as they are.
    pub(super) inputs: Tree,
    /// What the protos hold.
    pub(super) model: Model,
    /// What is rendered now; `None` if that cannot differ from the last time.
    pub(super) fresh: Option<Rendered>,
    /// Whose each rendered file is, with the user's word on it.
    pub(super) owners: BTreeMap<String, Owner>,
    /// What becomes of each file that was asked for.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Files with markers of an earlier conflict.
    pub unresolved: Vec<String>,
    /// What the user should know, though nothing is wrong.
    pub notes: Vec<Problem>,
    /// What has become of the protos since they were rendered last.
    pub evolution: Vec<Change>,
    /// The protos to compare with the next time; `None` to keep those that are kept.
    pub(super) descriptors: Option<Vec<u8>>,
    /// Which state of a team's template this is.
    pub(super) template: Option<String>,
    /// Whether all files were asked for.
    pub(super) whole: bool,
}

// === impl Prepared ===

impl Prepared {
    /// The conflicts, by path.
    pub fn conflicts(&self) -> impl Iterator<Item = (&str, &Conflict)> {
        self.outcomes
            .iter()
            .filter_map(|(path, outcome)| match outcome {
                Outcome::Conflict(conflict) => Some((path.as_str(), conflict)),
                _ => None,
            })
    }

    /// Whether nothing may be written.
    pub fn is_stopped(&self) -> bool {
        !self.unresolved.is_empty()
            || self.resolution == Resolution::Stop && self.conflicts().next().is_some()
    }

    /// Edits a file of the user's, such as a handler that lacks a method.
    pub fn edit(&mut self, path: &str, bytes: Bytes) {
        let outcome = match self.yours.0.get(path) {
            Some(yours) if **yours == *bytes => return,
            Some(_) => Outcome::Merged(bytes),
            None => Outcome::Created(bytes),
        };
        self.outcomes.insert(path.to_owned(), outcome);
    }

    /// The files as they are, as far as they were looked at.
    pub fn yours(&self) -> &Tree {
        &self.yours
    }

    /// What the protos hold.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Who keeps a file up to date.
    pub fn owner(&self, path: &str) -> Owner {
        self.owners.get(path).copied().unwrap_or(Owner::Tool)
    }

    /// Whether a file is as it was rendered last.
    pub fn is_unedited(&self, path: &str) -> bool {
        let (base, yours) = (self.before.base.0.get(path), self.yours.0.get(path));
        base.zip(yours)
            .is_some_and(|(base, yours)| merge::same(base, yours))
    }

    /// The files that will change, each with what it is and what it will be.
    pub fn changes(&self) -> Vec<write::Change> {
        after::changes(self)
    }

    /// Where each file stands.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn standing(&self) -> Result<Vec<FileState>> {
        states::states(self)
    }

    /// Changes the files; gives whether there was anything to change.
    ///
    /// # Errors
    /// There are conflicts and nobody said what to do; a file was changed meanwhile; the disk refuses. Then nothing is
    /// changed.
    pub fn write(&self) -> Result<bool> {
        let mut changes = self.changes();
        let any = !changes.is_empty();
        let Some(state) = after::state(self, &changes) else {
            // Only files of the user's, such as a handler that lacked a method.
            if any {
                write::commit(self.place.root(), &changes)?;
            }
            return Ok(any);
        };
        let lock_only = !any && state.base == self.before.base && self.lock.is_some();
        let descriptors = self.descriptors.clone().filter(|_| self.whole);
        let descriptors = descriptors.map(|bytes| (evolved::DESCRIPTORS.to_owned(), bytes.into()));
        for (path, bytes) in state.files().0.into_iter().chain(descriptors) {
            let old = self.place.read(&path)?.map(Bytes::Owned);
            if old.as_ref() != Some(&bytes) {
                changes.push(write::Change {
                    path,
                    old,
                    new: Some(bytes),
                });
            }
        }
        match lock_only {
            // No reason to forget how to undo what was done before.
            true => write::note(self.place.root(), &changes)?,
            false => write::commit(self.place.root(), &changes)?,
        }
        Ok(any)
    }
}

/// What the settings and protos are after the changes.
pub(super) fn inputs_after(inputs: &Tree, changes: &[write::Change]) -> Fingerprint {
    let mut after = inputs.clone();
    for change in changes {
        match &change.new {
            Some(new) if is_input(&change.path) => {
                after.0.insert(change.path.clone(), new.clone());
            }
            _ => {
                after.0.remove(&change.path);
            }
        }
    }
    Place::fingerprint(&after)
}
