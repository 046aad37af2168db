//! The template tree that is embedded in the binary.

use std::borrow::Cow;

use include_dir::{Dir, include_dir};

use crate::tree::Tree;

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
