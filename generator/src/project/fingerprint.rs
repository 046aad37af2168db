//! Whether anything could be rendered differently now than the last time, told without rendering.

use sha2::{Digest as _, Sha256};

use super::settings::FILE;
use crate::merge::text::normal;
use crate::tree::Tree;

/// What a render depends on, as one value: the build of the generator, `protosmith.toml`, the protos.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint(pub String);

impl Fingerprint {
    /// Of the settings and the protos in that order, each with its path in the project.
    pub fn of<'a>(inputs: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut digest = Sha256::new();
        digest.update(env!("PROTOSMITH_BUILD"));
        for (path, bytes) in inputs {
            digest.update((path.len() as u64).to_le_bytes());
            digest.update(path);
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        }
        Self(hex(&digest.finalize()))
    }

    /// Of a team's template.
    pub fn of_template(template: &Tree) -> String {
        Self::of(template.iter()).0.chars().take(16).collect()
    }

    /// Of a project as it is rendered.
    pub fn of_tree(tree: &Tree) -> Self {
        Self::of(tree.iter().filter(|(path, _)| is_input(path)))
    }
}

/// Whether a render depends on the file.
pub(crate) fn is_input(path: &str) -> bool {
    path == FILE || path.starts_with("proto/") && path.ends_with(".proto")
}

/// The hash of a file's content, in hexadecimal; a text has the same with any line ends and with or without
/// a byte order mark, since version control may change them.
pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(normal(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_marks_do_not_count() {
        assert_eq!(hash(b"a\nb\n"), hash("\u{feff}a\r\nb\r\n".as_bytes()));
        assert_ne!(hash(b"a\nb\n"), hash(b"a\n\nb\n"));
        assert_ne!(hash(b"a\rb"), hash(b"a\nb"));
    }

    #[test]
    fn what_is_not_rendered_from_does_not_count() {
        assert!(is_input("protosmith.toml"));
        assert!(is_input("proto/a/b.proto"));
        assert!(!is_input("proto/buf.yaml"));
        assert!(!is_input("crates/api/build.rs"));
        let of = |a, b| Fingerprint::of([("a", a), ("b", b)]);
        assert_ne!(of(b"x".as_slice(), b"".as_slice()), of(b"", b"x"));
    }
}
