//! Merges three trees: what was rendered last, what the user has now, what is rendered now.
//!
//! In: `base`, `yours`, `fresh`, and whose each file is. Out: one [`Outcome`] a file. Pure: nothing is read and
//! nothing written, so every rule can be held against thousands of trees. No outcome ever loses a line of the user's:
//! what cannot be had together is a [`Conflict`], and what is edited is never removed.

mod content;
mod lines;
mod list;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod toml;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::plan::Owner;
use crate::tree::{Bytes, Tree};

pub use text::{has_markers, same};

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it is rendered.
    Unchanged,
    /// It was not there.
    Created(Bytes),
    /// It was as it was rendered last.
    Updated(Bytes),
    /// It was edited, and so was what is rendered: both are in it.
    Merged(Bytes),
    /// It is no longer rendered, and was not edited.
    Removed,
    /// It stays as it is, for this reason.
    Kept(Kept),
    /// It stays as it is until the user says otherwise.
    Conflict(Conflict),
}

/// Why a file stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The user edited it, and what is rendered is as it was.
    Edited,
    /// The user deleted it.
    Deleted,
    /// It is the user's.
    Yours,
    /// It is no longer rendered, but the user edited it.
    Orphaned,
}

/// The user and the tool both changed the same lines, or the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file with both sides between markers; `None` if it is no text.
    pub marked: Option<Bytes>,
    /// Where the user's side is in the file as it is, counted from 1.
    pub lines: Vec<u32>,
    /// What is rendered now.
    pub theirs: Bytes,
}

/// One outcome for each file of any of the trees, by path.
pub fn merge(
    base: &Tree,
    yours: &Tree,
    fresh: &Tree,
    owner: &dyn Fn(&str) -> Owner,
) -> BTreeMap<String, Outcome> {
    let outcome = |path: &String| {
        let of = |tree: &Tree| tree.0.get(path).cloned();
        file(path, owner(path), of(base), of(yours), of(fresh))
    };
    base.paths_with(fresh)
        .filter_map(|path| Some((path.clone(), outcome(path)?)))
        .collect()
}

/// `None` if the file is nowhere but in what was rendered last.
fn file(
    path: &str,
    owner: Owner,
    base: Option<Bytes>,
    yours: Option<Bytes>,
    fresh: Option<Bytes>,
) -> Option<Outcome> {
    let Some(yours) = yours else {
        let fresh = fresh?;
        return Some(match base {
            Some(_) => Outcome::Kept(Kept::Deleted),
            None => Outcome::Created(fresh),
        });
    };
    let unedited = base.as_ref().is_some_and(|base| same(base, &yours));
    let Some(fresh) = fresh else {
        return Some(match unedited {
            true => Outcome::Removed,
            false => Outcome::Kept(Kept::Orphaned),
        });
    };
    if same(&yours, &fresh) {
        return Some(Outcome::Unchanged);
    }
    if owner == Owner::Yours {
        return Some(Outcome::Kept(Kept::Yours));
    }
    if base.as_ref().is_some_and(|base| same(base, &fresh)) {
        return Some(Outcome::Kept(Kept::Edited));
    }
    if unedited {
        return Some(Outcome::Updated(text::styled(fresh, &yours)));
    }
    Some(
        match content::merge(path, base.as_deref(), &yours, &fresh) {
            content::Merged::Clean(bytes) if bytes == *yours => Outcome::Kept(Kept::Edited),
            content::Merged::Clean(bytes) => Outcome::Merged(Cow::Owned(bytes)),
            content::Merged::Conflict { marked, lines } => Outcome::Conflict(Conflict {
                marked: marked.map(Cow::Owned),
                lines,
                theirs: text::styled(fresh, &yours),
            }),
        },
    )
}
