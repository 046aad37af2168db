//! Where the files come from: the template that is embedded in the binary, or a team's own.

mod check;

use std::borrow::Cow;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::error::{Error, Problem, Result};
use crate::fs;
use crate::tree::Tree;

pub use check::check;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/template");

/// Where the manifest lies, in the template.
pub const MANIFEST: &str = "cargo-generate.toml";

/// What composition files end in; everything else is rendered verbatim.
pub const COMPOSITION: &str = ".liquid";

/// The files of the embedded template, manifest and hooks included.
pub fn embedded() -> Tree {
    let mut tree = Tree::default();
    collect(&EMBEDDED, &mut tree);
    tree
}

fn collect(dir: &Dir<'static>, tree: &mut Tree) {
    for file in dir.files() {
        // Packaged from any system, `include_dir` gives the paths of the system that built it.
        let path = file.path().to_string_lossy().replace('\\', "/");
        tree.0.insert(path, Cow::Borrowed(file.contents()));
    }
    for dir in dir.dirs() {
        collect(dir, tree);
    }
}

/// The files of a team's own template, checked.
///
/// # Errors
/// The folder cannot be read or has no manifest, or [`check`] finds something; every place is in that folder.
pub fn read(dir: &Path) -> Result<Tree> {
    let mut tree = Tree::default();
    collect_from(dir, "", 0, &mut tree)?;
    if !tree.0.contains_key(MANIFEST) {
        let message = format!("`{}` is no template: it has no `{MANIFEST}`", dir.display());
        return Err(Problem::new(message)
            .hint("`protosmith template eject DIR` makes one to start from")
            .into());
    }
    check(&tree).map_err(|error| placed(error, dir))?;
    Ok(tree)
}

/// The error with the places that it has in `template/` in that folder instead.
pub(crate) fn placed(mut error: Error, dir: &Path) -> Error {
    for place in error
        .problems
        .iter_mut()
        .filter_map(|problem| problem.at.as_mut())
    {
        if let Some(below) = place.file.strip_prefix("template/") {
            place.file = dir.join(below).display().to_string();
        }
    }
    error
}

/// How deep a template may be; deeper is a circle of links.
const DEEPEST: usize = 32;

fn collect_from(dir: &Path, prefix: &str, depth: usize, tree: &mut Tree) -> Result<()> {
    if depth > DEEPEST {
        return Err(Problem::new(format!("`{}` is too deep for a template", dir.display())).into());
    }
    for name in fs::names(dir)? {
        let path = dir.join(&name);
        let Some(name) = name.to_str() else {
            let message = format!("`{}` has a name that is not UTF-8", path.display());
            return Err(Problem::new(message).into());
        };
        // What lies in a checkout without being part of the template.
        if matches!((prefix, name), ("", ".git" | "target")) {
            continue;
        }
        if path.is_dir() {
            collect_from(&path, &format!("{prefix}{name}/"), depth + 1, tree)?;
        } else if let Some(bytes) = fs::read(&path)? {
            tree.0.insert(format!("{prefix}{name}"), Cow::Owned(bytes));
        }
    }
    Ok(())
}
