//! Who keeps a file up to date: the user can take a file of the tool's, and give one to it.

use crate::error::{Error, Problem, Result};
use crate::feature::lies_in;
use crate::plan::Owner;
use crate::project::{Edit, FILE, Fingerprint, LOCK, Lock, Place, Settings};
use crate::tree::Bytes;
use crate::write::{self, Change};

/// What the settings say of a file: the entry that lies nearest to it counts.
pub(super) fn owner(settings: &Settings, path: &str) -> Option<Owner> {
    let nearest = |list: &[String]| {
        let above = list.iter().filter(|prefix| lies_in(path, prefix));
        above.map(String::len).max()
    };
    match (nearest(&settings.yours), nearest(&settings.tool)) {
        (None, None) => None,
        (yours, tool) if yours > tool => Some(Owner::Yours),
        _ => Some(Owner::Tool),
    }
}

/// Takes files or folders over: `sync` leaves them alone from now on.
///
/// # Errors
/// Nothing is rendered to one of the paths, or the disk refuses.
pub fn take(place: &Place, paths: &[String]) -> Result<()> {
    hand(
        place,
        paths,
        [
            Edit::add(Edit::YOURS, paths),
            Edit::remove(Edit::TOOL, paths),
        ],
        true,
    )
}

/// Gives files or folders to the tool: `sync` brings them along from now on, with the edits in them.
///
/// # Errors
/// Nothing is rendered to one of the paths, or the disk refuses.
pub fn give(place: &Place, paths: &[String]) -> Result<()> {
    hand(
        place,
        paths,
        [
            Edit::remove(Edit::YOURS, paths),
            Edit::add(Edit::TOOL, paths),
        ],
        false,
    )
}

/// `settled`: whether what was up to date is so afterwards.
fn hand(place: &Place, paths: &[String], edits: [Edit<'_>; 2], settled: bool) -> Result<()> {
    let lock = place.lock()?.unwrap_or_default();
    check(&lock, paths)?;
    let inputs = place.inputs()?;
    let old = inputs.0.get(FILE).cloned().unwrap_or_default();
    let new = Edit::apply(&edits, &old, &place.shown(FILE))?;
    if *old == *new {
        return Ok(());
    }
    let mut after = inputs.clone();
    after.0.insert(FILE.to_owned(), Bytes::Owned(new.clone()));
    let was_current = lock.inputs == Place::fingerprint(&inputs);
    let noted = Lock {
        inputs: match settled && was_current {
            true => Place::fingerprint(&after),
            false => Fingerprint::default(),
        },
        ..lock.clone()
    };
    let change = |path: &str, old: Option<Bytes>, new: Vec<u8>| Change {
        path: path.to_owned(),
        old,
        new: Some(Bytes::Owned(new)),
    };
    let old_lock = place.read(LOCK)?.map(Bytes::Owned);
    let changes = [
        change(FILE, Some(old), new),
        change(LOCK, old_lock, noted.to_string().into_bytes()),
    ];
    write::commit(place.root(), &changes)
}

/// Fails for every path that is neither a rendered file nor a folder with one.
fn check(lock: &Lock, paths: &[String]) -> Result<()> {
    if lock.files.is_empty() {
        return Err(
            Problem::new(format!("`{LOCK}` does not say what was rendered"))
                .hint("run `protosmith sync` first")
                .into(),
        );
    }
    let unknown = paths
        .iter()
        .filter(|path| !lock.files.keys().any(|file| lies_in(file, path)));
    let problem = |path: &String| {
        let problem = Problem::new(format!("nothing is rendered to `{path}`"));
        let near = lock
            .files
            .keys()
            .map(|file| (strsim::damerau_levenshtein(file, path), file));
        match near.min() {
            Some((distance, near)) if distance <= 1 + path.len() / 4 => problem.hint(format!(
                "did you mean `{near}`? `protosmith list files` shows all"
            )),
            _ => problem.hint("`protosmith list files` shows what is"),
        }
    };
    Error::check(unknown.map(problem).collect())
}
