//! Keeps the user's handlers complete: what methods they have, and stubs for those that are new.
//!
//! In: the files of the service crate, and the model. Out: for each method whether it is written; the files
//! with the missing ones inserted into their `impl`; and what only the user can do, with its place. Nothing but
//! the insertion differs from the user's bytes, and nothing of theirs is ever deleted. Nothing here touches the
//! disk. The steps: `source` parses, `find` looks for the `impl` of each service wherever it lies, `scope` knows
//! what the names in a file mean, `signature` compares, `insert` and `module` edit.

mod body;
mod find;
mod insert;
mod module;
mod scope;
mod settled;
mod signature;
mod site;
mod source;
mod survey;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod told;
mod unseen;

use std::collections::BTreeMap;

use crate::error::{Place, Problem, Result};
use crate::model::Model;
use crate::plan::Settled;
use crate::proto::worker;

/// The crate with the handlers.
#[derive(Debug, Clone, Copy)]
pub struct ServiceCrate<'a> {
    /// Its folder, as the paths of the files begin: `crates/service`.
    pub folder: &'a str,
    /// Every `.rs` file below its `src/`, by path; others are left alone.
    pub files: &'a BTreeMap<String, Vec<u8>>,
}

/// What the handlers have and lack.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Every method of every service, in the order of the model.
    pub methods: Vec<Standing>,
    /// The files that change: those with an `impl` that lacked methods, and `src/lib.rs` if a service
    /// has no handler yet, whose file the plan brings.
    pub edits: BTreeMap<String, Vec<u8>>,
    /// The services without any handler, by full name.
    pub absent: Vec<String>,
    /// What an `impl` has that the proto does not have any more, at its place.
    pub gone: Vec<Problem>,
    /// Functions whose messages or stream kinds are not the proto's any more, at their places.
    pub changed: Vec<Problem>,
    /// What could not be inserted.
    pub refused: Vec<Refusal>,
}

/// How far one method is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The full name of its service.
    pub service: String,
    /// As the proto has it.
    pub method: String,
    /// Whether somebody has written it.
    pub state: State,
    /// Where its function is or, if that is missing, the `impl`; `None` without either.
    pub at: Option<Place>,
    /// Where its function will be, if [`Survey::edits`] inserts it.
    pub inserted: Option<Place>,
}

/// Whether a method is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It does something.
    Written,
    /// It answers `UNIMPLEMENTED`.
    Stub,
    /// There is no function of its name: [`Survey::edits`] inserts one, or the plan brings the whole handler.
    Missing,
    /// No function is seen, and none is inserted: a [`Refusal`] says why.
    Unknown,
}

/// Something that is not inserted, since that might break what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why not, and where.
    pub problem: Problem,
    /// The text to paste, without indentation; empty if there is none.
    pub paste: String,
}

/// Looks through the handlers.
///
/// # Errors
/// A thread could not be started, or a library gave up: what is odd in the user's files is in the result.
pub fn survey(service_crate: ServiceCrate<'_>, model: &Model) -> Result<Survey> {
    worker::run(|| Ok(survey::survey(service_crate, model)))
}

/// The modules in which services are handled already, of those that we would give them.
///
/// # Errors
/// As of [`survey()`].
pub(crate) fn settled(service_crate: ServiceCrate<'_>, model: &Model) -> Result<Settled> {
    worker::run(|| Ok(settled::settled(service_crate, model)))
}

// === impl State ===

impl State {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Stub => "stub",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}
