//! Reads `.proto` files and compiles them to descriptors.
//!
//! In: paths and include directories as the user typed them. Out: the texts of all files that are
//! reached, under the names by which they are imported, and their descriptors. Nothing is ever
//! written, and no `protoc` is needed. The steps: `gather` finds and reads the files, `parse`
//! looks at one of them, as `reading` has it if it is of an edition, `link` resolves the names
//! between them. What the descriptors mean is the work of [`crate::model`].

use std::path::PathBuf;

use prost_reflect::DescriptorPool;

use crate::error::{Error, Result};

mod diagnose;
#[path = "../../../template/crates/api/build/editions/mod.rs"]
pub(crate) mod editions;
mod gather;
mod given;
mod include;
mod link;
pub(crate) mod locate;
mod parse;
pub(crate) mod policy;
mod read;
mod reading;
mod roots;
mod scan;
#[cfg(test)]
mod tests;
mod third_party;
pub(crate) mod worker;

pub use include::Include;

/// What to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The files with the services, as the user typed them. An empty list is an error.
    pub protos: Vec<PathBuf>,
    /// Where to look for imports, in this order. May be empty: the directories that the files
    /// themselves suggest are looked through after these.
    pub includes: Vec<Include>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it is imported, with `/` on every system; never absolute and without `.` or `..`.
    pub name: String,
    /// As the user would type it; empty for an embedded file.
    pub path: PathBuf,
    /// Without a byte order mark, else as it was found.
    pub text: String,
    /// Whether the user named it; else an import brought it in.
    pub given: bool,
}

/// The files and what they mean.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The given files and every import they reach, by name. The well-known types that every
    /// compiler brings along (`google/protobuf/timestamp.proto` …) are not among them.
    pub sources: Vec<Source>,
    /// The descriptors of all of them and of the well-known types, with positions and comments;
    /// a file comes after its imports.
    pub pool: DescriptorPool,
}

/// Compiles the files of a request.
///
/// # Errors
/// Everything that is wrong with the files, in the order in which they were reached: not readable,
/// not a proto, an import that is nowhere, a name that is not defined.
pub fn compile(request: &Request) -> Result<Compiled> {
    worker::run(|| {
        let gathered = gather::from_disk(request)?;
        compiled(gathered)
    })
}

/// Compiles a single file that is part of the binary, without touching the disk.
///
/// # Errors
/// Everything that is wrong with the text; it may only import what every compiler and this one brings
/// along.
pub fn compile_embedded(name: &str, text: &str) -> Result<Compiled> {
    worker::run(|| {
        let gathered = gather::embedded(name, text)?;
        compiled(gathered)
    })
}

/// Whether every compiler brings the file of that import name along.
pub(crate) fn is_well_known(name: &str) -> bool {
    parse::well_known(name).is_some()
}

/// Links what was read; problems of both steps are told together.
fn compiled(gathered: gather::Gathered) -> Result<Compiled> {
    let gather::Gathered {
        mut files,
        mut problems,
        not_read,
    } = gathered;
    let found = problems.len();
    let pool = link::pool(&mut files, &mut problems);
    if problems.len() > found {
        problems.extend(not_read.map(|path| policy::not_read(&path)));
    }
    Error::check(problems)?;
    let mut sources: Vec<Source> = files.into_iter().map(|file| file.source).collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Compiled { sources, pool })
}

impl Compiled {
    /// The source with this import name; `None` for a well-known one.
    pub fn source(&self, name: &str) -> Option<&Source> {
        let at = self
            .sources
            .binary_search_by(|source| source.name.as_str().cmp(name))
            .ok()?;
        self.sources.get(at)
    }
}

impl Source {
    /// The path as it is shown in messages; the name, if there is no path.
    pub fn shown(&self) -> String {
        if self.path.as_os_str().is_empty() {
            self.name.clone()
        } else {
            self.path.display().to_string()
        }
    }
}
