//! Takes back what was done last, from what the transaction kept.

use std::path::Path;

use super::{Change, JOURNAL, Journal, UNDO, commit};
use crate::error::{Error, Problem, Result};
use crate::fs;
use crate::project::{FOLDER, hash};
use crate::tree::Bytes;

/// Takes the last transaction back; doing so is one itself. Gives the files.
///
/// # Errors
/// There is none, or files were changed since.
pub fn undo(root: &Path) -> Result<Vec<String>> {
    let changes = undoing(root)?;
    commit(root, &changes)?;
    Ok(changes.into_iter().map(|change| change.path).collect())
}

/// What would take the last transaction back.
fn undoing(root: &Path) -> Result<Vec<Change>> {
    let undo = root.join(FOLDER).join(UNDO);
    let path = undo.join(JOURNAL);
    let Some(bytes) = fs::read(&path)? else {
        return Err(Problem::new("there is nothing to undo")
            .hint("only the last change that protosmith made to a project can be taken back")
            .into());
    };
    let journal = Journal::read(&bytes, &path.display().to_string())?;
    let mut changes = Vec::new();
    let mut problems = Vec::new();
    for entry in journal.change {
        let now = fs::read(&root.join(&entry.path))?;
        // What is noted in our own folder changes without the files.
        let is_ours = entry.path.starts_with(FOLDER);
        if !is_ours && now.as_ref().map(|bytes| hash(bytes)) != entry.new {
            let message = format!("`{}` was changed since", entry.path);
            problems.push(Problem::new(message).hint("set it aside, then undo again"));
            continue;
        }
        let old = match entry.old {
            Some(_) => fs::read(&undo.join("old").join(&entry.path))?,
            None => None,
        };
        changes.push(Change {
            path: entry.path,
            old: now.map(Bytes::Owned),
            new: old.map(Bytes::Owned),
        });
    }
    Error::check(problems)?;
    Ok(changes)
}
