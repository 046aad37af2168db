//! A project on disk: what was asked for, what was rendered last, and what the files are now.
//!
//! In: the folder with `protosmith.toml`. Out: values; nothing here writes, but it makes the files that
//! `new` and `sync` write beside the workspace ([`state`]). Next: `sync`, which puts them together.
//!
//! ```text
//! protosmith.toml                what was asked for; the user edits it           settings, edit
//! .protosmith/lock.toml          tool, fingerprint, owner and hash of each file  lock
//! .protosmith/base.tar.gz        the files as they were rendered last            base
//! .protosmith/descriptors.binpb  the protos as they were then                    sync
//! .protosmith/undo               what the last run replaced                      write
//! ```

mod base;
mod edit;
mod fingerprint;
mod lock;
mod place;
mod rebuild;
mod settings;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::Result;
use crate::plan::Owner;
use crate::tree::Tree;

pub use base::BASE;
pub use edit::Edit;
pub(crate) use edit::{push_like_last, remove};
pub(crate) use fingerprint::is_input;
pub use fingerprint::{Fingerprint, hash};
pub use lock::{LOCK, Lock, Locked, Unreadable};
pub use place::Place;
pub use rebuild::rebuild;
pub use settings::{FILE, Settings};

/// The folder with what protosmith remembers.
pub const FOLDER: &str = ".protosmith";

/// What is not for version control: the rest of the folder is, so that every clone can sync.
const IGNORED: &str = "/back.toml\n/journal.toml\n/running\n/stage\n/undo\n";

/// What was rendered last.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Which files, and by what.
    pub lock: Lock,
    /// Their texts.
    pub base: Tree,
}

impl State {
    /// The state of a tree that is written as it is.
    pub fn of(tree: &Tree, owners: &BTreeMap<String, Owner>, inputs: Fingerprint) -> Self {
        let owner = |path: &str| owners.get(path).copied().unwrap_or(Owner::Tool);
        let files = tree.iter().map(|(path, bytes)| {
            let locked = Locked {
                owner: owner(path),
                hash: hash(bytes),
                conflict: false,
            };
            (path.to_owned(), locked)
        });
        Self {
            lock: Lock {
                tool: env!("CARGO_PKG_VERSION").to_owned(),
                inputs,
                template: None,
                files: files.collect(),
            },
            base: tree.clone(),
        }
    }

    /// The files that hold the state, by path in the project.
    pub fn files(&self) -> Tree {
        let owned = |path: &str, bytes: Vec<u8>| (path.to_owned(), Cow::Owned(bytes));
        Tree(BTreeMap::from([
            owned(BASE, base::pack(&self.base)),
            owned(LOCK, self.lock.to_string().into_bytes()),
            owned(&format!("{FOLDER}/.gitignore"), IGNORED.as_bytes().to_vec()),
        ]))
    }
}

/// The files that `new` writes beside the workspace, so that `sync` can bring it along; `own` is the team's template,
/// if it was made of one.
pub fn state(tree: &Tree, owners: &BTreeMap<String, Owner>, own: Option<&Tree>) -> Tree {
    // With a template of a team's the settings are not as they were rendered: the first sync looks.
    let inputs = own.map_or_else(|| Fingerprint::of_tree(tree), |_| Fingerprint::default());
    let mut state = State::of(tree, owners, inputs);
    state.lock.template = own.map(Fingerprint::of_template);
    state.files()
}

/// `protosmith.toml` with the folder of a team's template, relative to the project.
///
/// # Errors
/// The file is no TOML.
pub fn with_template(settings: &[u8], dir: &str) -> Result<Vec<u8>> {
    edit::with_template(settings, dir)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feature::Manifest;
    use crate::template;

    /// Pieces of the files, and what is in none.
    const PIECES: &[&str] = &[
        "[project]\n",
        "name = \"a\"\n",
        "[features]\n",
        "list = [",
        "\"health\"",
        "\"x\"",
        ",",
        "]\n",
        "[proto]\n",
        "files = [\"a.proto\"]\n",
        "[files]\n",
        "yours = [\"/\"]\n",
        "tool = [\"a/..\"]\n",
        "version = 1\n",
        "tool = \"\"\n",
        "inputs = \"\"\n",
        "\"a\" = { owner = \"tool\", hash = \"\" }\n",
        "=",
        "{",
        "\u{feff}",
        "\r\n",
        "\0",
        "é",
        "''",
        "#",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_us_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..20)) {
            let manifest = Manifest::read(&template::embedded()).expect("the manifest is valid");
            let text = pieces.concat();
            let _ = Settings::read(&text, FILE, &manifest);
            let _ = Lock::read(&text);
            let words = ["b".to_owned()];
            let edits = [Edit::add(Edit::FEATURES, &words), Edit::remove(Edit::YOURS, &words)];
            let _ = Edit::apply(&edits, text.as_bytes(), FILE);
        }

        #[test]
        fn no_archive_makes_us_panic(cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
            let mut bytes = base::pack(&Tree([("a/b".to_owned(), Cow::Borrowed(&b"text"[..]))].into()));
            for (at, byte) in cuts {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = base::unpack(&bytes);
        }
    }
}
