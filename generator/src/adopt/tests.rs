//! A small rendering, and what becomes of workspaces that adopt it.

mod files;
mod manifests;

use super::{Adoption, Existing, Options, adopt};
use crate::error::Result;
use crate::tree::Tree;

const OURS: &str = "\
[workspace]
members = [\"crates/*\"]
resolver = \"3\"

[workspace.package]
version = \"0.1.0\"
edition = \"2024\"

[workspace.dependencies]
api = { path = \"crates/api\", package = \"shop-api\" }

serde = { version = \"1\", features = [\"derive\"] }
tonic = { version = \"0.14\", default-features = false }

[workspace.lints.rust]
# Why.
unsafe_code = \"forbid\"
";

const API: &str = "\
[package]
name = \"shop-api\"
version.workspace = true
edition.workspace = true

[[bin]]
name = \"shop\"
path = \"src/main.rs\"

[lints]
workspace = true

[dependencies]
api.workspace = true
serde = { workspace = true, features = [\"rc\"] }
tonic.workspace = true
";

fn tree(files: &[(&str, &str)]) -> Tree {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec().into());
    Tree(files.iter().map(owned).collect())
}

fn rendered() -> Tree {
    tree(&[
        ("Cargo.toml", OURS),
        ("README.md", "# Shop\n"),
        ("clippy.toml", "x = 1\n"),
        ("config/default.yaml", "a: 1\n"),
        ("crates/api/Cargo.toml", API),
        ("crates/api/src/lib.rs", "// ours\n"),
        ("protosmith.toml", "[project]\n"),
    ])
}

fn adopted(manifest: &str, files: &[(&str, &str)], options: &Options) -> Result<Adoption> {
    let existing = Existing {
        manifest: manifest.as_bytes().to_vec(),
        files: tree(files),
        packages: [("lint".to_owned(), "tools/lint/Cargo.toml".to_owned())].into(),
    };
    adopt(&existing, &rendered(), options)
}

/// A file as it will be.
fn changed(adoption: &Adoption, path: &str) -> String {
    let change = adoption.changes.iter().find(|change| change.path == path);
    let new = change.and_then(|change| change.new.as_ref());
    String::from_utf8(new.unwrap_or_else(|| panic!("no `{path}`")).to_vec()).expect("UTF-8")
}
