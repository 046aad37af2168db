//! The file `protosmith/options.proto`, which comes with us and need not lie on any disk.
//!
//! A generated workspace has it among its protos, where later runs read from. That copy may be of
//! another version; what is read is always ours, so that the options mean what this version makes of
//! them, and the workspace gets the new text.

use std::path::{Path, PathBuf};

use super::Source;
use crate::error::Problem;

/// Its import name.
pub(crate) const NAME: &str = "protosmith/options.proto";

/// What it says.
pub(super) const TEXT: &str = include_str!("../../../template/proto/protosmith/options.proto");

/// It as a source without a path; `given` as in [`Source`].
pub(super) fn source(given: bool) -> Source {
    Source {
        name: NAME.to_owned(),
        path: PathBuf::new(),
        text: TEXT.to_owned(),
        given,
    }
}

/// A word on a file that was not read although it lies where imports are looked up; it explains
/// problems with what only that file defines.
pub(super) fn not_read(path: &Path) -> Problem {
    let shown = path.display().to_string();
    Problem::new(format!(
        "`{shown}` is not the file of this version of protosmith, which is read in its place"
    ))
    .at(shown, None, None)
    .hint("leave the file as it is: options of your own go into a file of your own")
}
