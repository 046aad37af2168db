//! Where each file of a project stands, for people and for those who run it over many repositories.

use std::fmt;

use super::Prepared;
use crate::error::Result;
use crate::merge::{Kept, Outcome};
use crate::plan::Owner;
use crate::project::hash;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// In the project, with `/`.
    pub path: String,
    /// Who keeps it up to date.
    pub owner: Owner,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// As it was rendered.
    Pristine,
    /// Edited, and up to date.
    Edited,
    /// Deleted by the user.
    Missing,
    /// `sync` would change it.
    Stale,
    /// The user and the tool changed the same, or the markers of that are still in it.
    Conflicted,
}

impl Standing {
    /// Whether `sync` has something to do, or the user.
    pub fn is_out_of_date(self) -> bool {
        matches!(self, Self::Stale | Self::Conflicted)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pristine => "pristine",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Conflicted => "conflicted",
        })
    }
}

pub(super) fn states(prepared: &Prepared) -> Result<Vec<FileState>> {
    let state = |path: &String, standing: Standing| FileState {
        path: path.clone(),
        owner: prepared.owner(path),
        standing: match prepared.unresolved.contains(path) {
            true => Standing::Conflicted,
            false => standing,
        },
    };
    if prepared.fresh.is_some() {
        let outcomes = prepared.outcomes.iter();
        let states = outcomes.map(|(path, outcome)| state(path, standing(prepared, path, outcome)));
        return Ok(states.collect());
    }
    let mut states = Vec::new();
    for (path, locked) in &prepared.before.lock.files {
        let standing = match prepared.place.read(path)? {
            None => Standing::Missing,
            Some(bytes) if hash(&bytes) == locked.hash => Standing::Pristine,
            Some(_) => Standing::Edited,
        };
        states.push(state(path, standing));
    }
    Ok(states)
}

fn standing(prepared: &Prepared, path: &str, outcome: &Outcome) -> Standing {
    match outcome {
        Outcome::Unchanged => Standing::Pristine,
        Outcome::Created(_) | Outcome::Updated(_) | Outcome::Merged(_) | Outcome::Removed => {
            Standing::Stale
        }
        Outcome::Kept(Kept::Deleted) => Standing::Missing,
        Outcome::Kept(Kept::Yours) => match prepared.is_unedited(path) {
            true => Standing::Pristine,
            false => Standing::Edited,
        },
        Outcome::Kept(Kept::Edited | Kept::Orphaned) => Standing::Edited,
        Outcome::Conflict(_) => Standing::Conflicted,
    }
}
