//! What a change of protos means: for callers that are out there, and for code that is generated.
//!
//! In: two sets of protos, before and after. Out: every difference with its place, and whether it breaks something,
//! under the name that `buf breaking` has for it. Pure; [`Protos`] is also how the last set is kept, so that the
//! next `sync` can tell what became of it.
//!
//! `files` looks at a file as a whole, `definitions` at what is in it, `services`, `messages`, `fields` with `types` and `enums`
//! at one thing before and after, `renamed` for what may be the same under another name.
//!
//! Not looked at: extensions one by one, and what differs only between one edition and the syntax that it replaces.

mod definitions;
mod enums;
mod fields;
mod files;
mod messages;
mod protos;
mod renamed;
mod services;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeMap;

use crate::error::{Place, Result};
use crate::model::places::Places;
use crate::proto::worker;

pub use protos::Protos;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// What sort of thing it is: `field`, `method` ….
    pub what: &'static str,
    /// Its full name, before if it is gone: `acme.shop.v1.Order.id`, `acme.shop.v1.Shop/Buy`.
    pub name: String,
    /// All of it in words.
    pub message: String,
    /// Where to look in the protos as they are now; for what is gone, where it was in.
    pub at: Option<Place>,
    /// What buf calls it; `None` if it breaks nothing.
    pub rule: Option<&'static str>,
    /// Who notices.
    pub breaks: Breaks,
}

/// What became of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is gone, and may be what is new under this name.
    Renamed(String),
    /// It is in another file of its package.
    Moved,
    /// It is there, and not the same.
    Changed,
}

/// Who notices a change; each includes those before it. These are the categories of buf's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breaks {
    /// Nobody.
    Nothing,
    /// Code of languages that generate by file, as C++ and Python do; Rust does not (`FILE`).
    Files,
    /// Generated code, also ours (`PACKAGE`).
    Code,
    /// Callers that speak JSON (`WIRE_JSON`).
    Json,
    /// Every caller that was built before (`WIRE`).
    Wire,
}

/// The differences, in the order of the files.
///
/// # Errors
/// A thread could not be started, or a library gave up.
pub fn compare(before: &Protos, after: &Protos) -> Result<Vec<Change>> {
    worker::run(|| Ok(files::compare(before, after)))
}

// === impl Change ===

impl Change {
    /// Whether somebody's code or calls stop working: what `--deny breaking` refuses.
    pub fn is_breaking(&self) -> bool {
        self.breaks >= Breaks::Code
    }
}

// === impl ChangeKind ===

impl ChangeKind {
    /// One word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed(_) => "renamed",
            Self::Moved => "moved",
            Self::Changed => "changed",
        }
    }
}

// === impl Breaks ===

impl Breaks {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Files => "files",
            Self::Code => "code",
            Self::Json => "json",
            Self::Wire => "wire",
        }
    }
}

/// What the steps find, in the order in which they find it.
struct Changes<'a> {
    after: &'a Protos,
    /// The positions in the files that were looked at, by import name.
    places: BTreeMap<String, Option<Places<'a>>>,
    found: Vec<Change>,
}

/// A thing that a change is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    what: &'static str,
    name: &'a str,
    /// The file to look at, and the path in its descriptor.
    file: &'a str,
    path: &'a [i32],
}

impl Changes<'_> {
    /// Something that breaks nothing.
    fn harmless(&mut self, subject: Subject<'_>, kind: ChangeKind, message: String) {
        self.push(subject, kind, None, Breaks::Nothing, message);
    }

    /// Something that may break.
    fn breaking(
        &mut self,
        subject: Subject<'_>,
        rule: &'static str,
        breaks: Breaks,
        message: String,
    ) {
        self.push(subject, ChangeKind::Changed, Some(rule), breaks, message);
    }

    fn push(
        &mut self,
        subject: Subject<'_>,
        kind: ChangeKind,
        rule: Option<&'static str>,
        breaks: Breaks,
        message: String,
    ) {
        let at = self.place(subject);
        self.found.push(Change {
            kind,
            what: subject.what,
            name: subject.name.to_owned(),
            message,
            at,
            rule,
            breaks,
        });
    }

    /// Where the subject is now; the file alone, if that has no positions.
    fn place(&mut self, subject: Subject<'_>) -> Option<Place> {
        let Subject { file, path, .. } = subject;
        let shown = self.after.own.get(file)?.clone();
        let places = self.places.entry(file.to_owned());
        let places = places.or_insert_with(|| self.after.places(file));
        let places = places.as_ref().filter(|_| !path.is_empty());
        let line = places.map(|places| places.line(path));
        Some(Place {
            file: shown,
            line: line.filter(|line| *line > 0),
            column: None,
        })
    }
}
