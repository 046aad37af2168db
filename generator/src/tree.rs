//! A rendered workspace as a value: file content by path.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The bytes of a file; borrowed where they come from the binary as they are.
pub type Bytes = Cow<'static, [u8]>;

/// A rendered workspace.
///
/// Paths are relative to the workspace root, use `/` on every system, and never contain `..`.
/// Iteration is in path order, so two renders of one plan are byte-identical.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, Bytes>);

impl Tree {
    /// Paths and contents, in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_ref()))
    }

    /// The paths of both trees, each once: first those of this one.
    pub fn paths_with<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a String> {
        let new = other.0.keys().filter(|path| !self.0.contains_key(*path));
        self.0.keys().chain(new)
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a path is one as a tree has it.
pub(crate) fn is_plain(path: &str) -> bool {
    !path.contains('\\') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
