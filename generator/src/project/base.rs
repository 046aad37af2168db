//! `.protosmith/base.tar.gz`: the files as they were rendered last, which merges need.
//!
//! The same files give the same bytes: sorted, without times and users.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::error::{Problem, Result};
use crate::tree::{Tree, is_plain};

/// Where it lies in a project.
pub const BASE: &str = ".protosmith/base.tar.gz";

/// The most that is unpacked, in bytes: a hundred times a large workspace.
const LIMIT: u64 = 256 << 20;

/// The archive of a tree.
pub(super) fn pack(tree: &Tree) -> Vec<u8> {
    let write = || -> std::io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, bytes) in tree.iter() {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(0);
            archive.append_data(&mut header, path, bytes)?;
        }
        let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
        zipped.write_all(&archive.into_inner()?)?;
        zipped.finish()
    };
    write().expect("memory takes all bytes, and paths of a tree are relative")
}

/// The tree of an archive.
///
/// # Errors
/// The archive is damaged, or holds what no tree can.
pub(super) fn unpack(bytes: &[u8]) -> Result<Tree> {
    let damaged =
        |why: String| Problem::new(format!("`{BASE}` is damaged: {why}")).at(BASE, None, None);
    let cannot = |error: std::io::Error| damaged(error.to_string());
    let mut tree = Tree::default();
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(LIMIT));
    for entry in archive.entries().map_err(cannot)? {
        let mut entry = entry.map_err(cannot)?;
        let path = entry.path_bytes().into_owned();
        let path = String::from_utf8(path).map_err(|_| damaged("a path is no text".to_owned()))?;
        if !is_plain(&path) || !entry.header().entry_type().is_file() {
            return Err(damaged(format!("`{path}` is no file of a workspace")).into());
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(cannot)?;
        tree.0.insert(path, Cow::Owned(content));
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let long = format!("{}/x.rs", "long/".repeat(40).trim_end_matches('/'));
        let files = [("a", "1"), (long.as_str(), "2\r\n"), ("empty", "")];
        let owned =
            |(path, text): (&str, &str)| (path.to_owned(), Cow::Owned(text.as_bytes().to_vec()));
        Tree(files.map(owned).into())
    }

    #[test]
    fn what_is_packed_is_unpacked_and_always_the_same() {
        let packed = pack(&tree());
        assert_eq!(packed, pack(&tree()));
        assert_eq!(unpack(&packed).expect("whole"), tree());
        assert_eq!(
            unpack(&pack(&Tree::default())).expect("whole"),
            Tree::default()
        );
    }

    #[test]
    fn damage_is_said() {
        let packed = pack(&tree());
        for cut in [0, 5, packed.len() / 2] {
            assert!(unpack(&packed[..cut]).is_err(), "{cut}");
        }
        let mut flipped = packed.clone();
        flipped[packed.len() / 2] ^= 0x55;
        assert!(unpack(&flipped).is_err());
        assert!(unpack(b"not an archive at all, but long enough to be read").is_err());
    }

    #[test]
    fn paths_that_leave_the_workspace_are_refused() {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        let name = b"../evil";
        header.as_gnu_mut().expect("it is one").name[..name.len()].copy_from_slice(name);
        header.set_cksum();
        archive.append(&header, &b"x"[..]).expect("written");
        let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
        zipped
            .write_all(&archive.into_inner().expect("memory"))
            .expect("memory");
        let refused = unpack(&zipped.finish().expect("memory")).expect_err("it leaves");
        assert!(refused.to_string().contains("`../evil`"), "{refused}");
    }
}
