//! The changes that outcomes mean, and what is noted for the next time.

use super::prepared::inputs_after;
use super::{Prepared, Resolution};
use crate::merge::{Kept, Outcome};
use crate::project::{Fingerprint, Lock, Locked, State, hash};
use crate::tree::{Bytes, Tree};
use crate::write::Change;

/// The files that change.
pub(super) fn changes(prepared: &Prepared) -> Vec<Change> {
    let change = |(path, outcome): (&String, &Outcome)| {
        let old = prepared.yours.0.get(path).cloned();
        let new = match outcome {
            Outcome::Created(bytes) | Outcome::Updated(bytes) | Outcome::Merged(bytes) => {
                Some(bytes.clone())
            }
            Outcome::Removed => None,
            Outcome::Conflict(conflict) => match prepared.resolution {
                Resolution::Markers => Some(conflict.marked.clone()?),
                Resolution::Theirs => Some(conflict.theirs.clone()),
                Resolution::Stop | Resolution::Mine => return None,
            },
            Outcome::Unchanged | Outcome::Kept(_) => return None,
        };
        (old != new).then(|| Change {
            path: path.clone(),
            old,
            new,
        })
    };
    prepared.outcomes.iter().filter_map(change).collect()
}

/// What is noted for the next time; `None` if that is what is noted already.
pub(super) fn state(prepared: &Prepared, changes: &[Change]) -> Option<State> {
    let fresh = &prepared.fresh.as_ref()?.tree;
    let before = &prepared.before;
    let mut base = Tree::default();
    let mut lock = Lock {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        template: prepared.template.clone(),
        ..Lock::default()
    };
    let mut settled = prepared.whole;
    for path in before.base.paths_with(fresh) {
        let next = match prepared.outcomes.get(path) {
            Some(outcome) => next(prepared, path, outcome),
            // Not asked for this time, or nowhere any more.
            None if prepared.whole => None,
            None => before.base.0.get(path).cloned(),
        };
        let Some(next) = next else { continue };
        let old = before.lock.files.get(path);
        let outcome = prepared.outcomes.get(path);
        let conflict = match outcome {
            Some(Outcome::Conflict(conflict)) if prepared.resolution == Resolution::Markers => {
                settled &= conflict.marked.is_some();
                true
            }
            Some(_) => false,
            None => old.is_some_and(|old| old.conflict),
        };
        let rendered = prepared
            .fresh
            .as_ref()
            .and_then(|fresh| fresh.owners.get(path));
        let owner = rendered.copied().or(old.map(|old| old.owner));
        let locked = Locked {
            owner: owner.unwrap_or(prepared.owner(path)),
            hash: hash(&next),
            conflict,
        };
        lock.files.insert(path.clone(), locked);
        base.0.insert(path.clone(), next);
    }
    lock.inputs = match settled {
        true => inputs_after(&prepared.inputs, changes),
        false => Fingerprint::default(),
    };
    let noted = prepared.lock.as_ref() == Some(&lock) && before.base == base;
    (!noted).then_some(State { lock, base })
}

/// What the next merge of a file starts from.
fn next(prepared: &Prepared, path: &str, outcome: &Outcome) -> Option<Bytes> {
    let fresh = || prepared.fresh.as_ref()?.tree.0.get(path).cloned();
    let before = || prepared.before.base.0.get(path).cloned();
    match outcome {
        Outcome::Removed => None,
        // The user's file goes back to what was once written, however often that is rendered otherwise.
        Outcome::Kept(Kept::Yours) => before().or_else(fresh),
        Outcome::Merged(_) if prepared.owner(path) == crate::plan::Owner::Yours => {
            before().or_else(fresh)
        }
        // Should it be rendered again, this is what the user's edits were made to.
        Outcome::Kept(Kept::Orphaned) => before(),
        Outcome::Conflict(conflict)
            if prepared.resolution == Resolution::Markers && conflict.marked.is_none() =>
        {
            before()
        }
        _ => fresh().or_else(before),
    }
}
