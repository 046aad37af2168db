//! Files that a running server may be reading.

use std::fs;
use std::path::Path;

/// Puts `content` in place of what is in `file`, at once, so that nobody reads a part of it.
pub(crate) fn replace(file: &Path, content: impl AsRef<[u8]>) {
    let new = file.with_extension("new");
    fs::write(&new, content).unwrap();
    fs::rename(&new, file).unwrap();
}
