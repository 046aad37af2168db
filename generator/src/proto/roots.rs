//! Where imports are looked up, and what a file is called in an import.
//!
//! An import name is a path below some root directory. The user can say which, with `--include`;
//! most need not, since the files themselves tell: by the names they import, by the names others
//! import them under, and by their package.

use std::path::{Component, Path, PathBuf};

use super::include::{Include, slashed};
use super::read;

/// How many directories above a file can be its root.
const LEVELS: usize = 32;

/// The directories that imports are looked up in.
pub(super) struct Roots<'a> {
    /// What the user said; looked through first.
    includes: &'a [Include],
    /// What the given files suggest, without repetition.
    inferred: Vec<PathBuf>,
}

impl<'a> Roots<'a> {
    /// Only what the user said.
    pub(super) fn new(includes: &'a [Include]) -> Self {
        Self {
            includes,
            inferred: Vec::new(),
        }
    }

    /// Adds a directory to look in after the others.
    pub(super) fn add(&mut self, root: PathBuf) {
        if !self.inferred.contains(&root) {
            self.inferred.push(root);
        }
    }

    /// The import name of a file that lies in an included directory.
    pub(super) fn name_of(&self, file: &Path) -> Option<String> {
        self.includes.iter().find_map(|include| {
            let below = file.strip_prefix(read::identity(&include.dir)?).ok()?;
            include.name_of(below)
        })
    }

    /// The file that an import means; the importing file's own surroundings are looked at last.
    pub(super) fn find(&self, import: &str, importer: &Path) -> Option<PathBuf> {
        let included = self
            .includes
            .iter()
            .filter_map(|include| include.path_of(import));
        let inferred = self.inferred.iter().map(|root| root.join(import));
        let around = importer
            .ancestors()
            .skip(1)
            .take(LEVELS)
            .filter(|root| above(root))
            .map(|root| root.join(import));
        included
            .chain(inferred)
            .chain(around)
            .find(|path| read::exists(path))
    }
}

/// What one file tells about where its root is.
pub(super) struct Clues<'a> {
    /// The absolute path of the file.
    pub(super) file: &'a Path,
    /// Its package; may be empty.
    pub(super) package: &'a str,
    /// What it imports, as far as that is not found elsewhere.
    pub(super) imports: Vec<&'a str>,
    /// What the other given files import.
    pub(super) wanted: &'a [&'a str],
}

impl Clues<'_> {
    /// How many directories above the file's own one its root is.
    ///
    /// That is the one from which most imports resolve; among equals the one below which the
    /// directories are the package; among equals the nearest.
    pub(super) fn levels(&self) -> usize {
        let package: Vec<&str> = self
            .package
            .split('.')
            .filter(|part| !part.is_empty())
            .collect();
        let roots = self.file.ancestors().skip(1).take(LEVELS).enumerate();
        roots
            .filter_map(|(levels, root)| {
                let name = slashed(self.file.strip_prefix(root).ok()?)?;
                let resolved = self
                    .imports
                    .iter()
                    .filter(|import| read::exists(&root.join(import)))
                    .count();
                let wanted = self.wanted.iter().filter(|import| **import == name).count();
                let dir = name.rsplit_once('/').map_or("", |(dir, _)| dir);
                let is_package = !package.is_empty()
                    && dir
                        .split('/')
                        .take(package.len())
                        .eq(package.iter().copied());
                Some((resolved + wanted, is_package, std::cmp::Reverse(levels)))
            })
            .max()
            .map_or(0, |(.., std::cmp::Reverse(levels))| levels)
    }
}

/// The directory that many levels above the file's own one, as the user would type it.
///
/// Stays relative as long as the typed path has that many directories to take away.
pub(super) fn root(typed: &Path, absolute: &Path, levels: usize) -> PathBuf {
    let plain = typed
        .components()
        .rev()
        .take(levels + 1)
        .all(|part| matches!(part, Component::Normal(_)));
    match typed.ancestors().nth(levels + 1) {
        Some(root) if plain => root.to_owned(),
        _ => absolute
            .ancestors()
            .nth(levels + 1)
            .unwrap_or(absolute)
            .to_owned(),
    }
}

/// Whether joining to this path stays below what the user typed: `..` has no parent in the text.
fn above(root: &Path) -> bool {
    root.components().next_back() != Some(Component::ParentDir)
}
