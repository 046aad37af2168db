//! What has become of the protos since they were rendered last.
//!
//! [`DESCRIPTORS`] has them as they were; a project that never synced has their texts in its last rendering.

use std::path::Path;

use super::Prepared;
use crate::error::{Problem, Result};
use crate::evolution::{self, Change, Protos};
use crate::existing;
use crate::fs;
use crate::project::{FILE, is_input};
use crate::proto::{self, Compiled};
use crate::tree::Tree;

/// Where the last descriptors are, in a project.
pub(super) const DESCRIPTORS: &str = ".protosmith/descriptors.binpb";

/// The differences to the protos as they are, and the descriptors to be kept.
pub(super) fn changes(prepared: &Prepared, now: Compiled) -> Result<(Vec<Change>, Vec<u8>)> {
    let after = placed(now);
    let kept = after.encode()?;
    let changes = match before(prepared) {
        Some(before) => evolution::compare(&before, &after)?,
        None => Vec::new(),
    };
    Ok((changes, kept))
}

/// The protos as they were, if that is known: what is damaged is written anew.
fn before(prepared: &Prepared) -> Option<Protos> {
    if let Some(bytes) = prepared.place.read(DESCRIPTORS).ok()? {
        return Protos::decode(&bytes, DESCRIPTORS).ok();
    }
    let base = &prepared.before.base;
    base.0.contains_key(FILE).then(|| compiled(base).ok())?
}

/// The protos of a rendering, which knows no disk.
fn compiled(tree: &Tree) -> Result<Protos> {
    let folder = tempfile::tempdir();
    let folder =
        folder.map_err(|error| Problem::new(format!("cannot make a temporary folder: {error}")))?;
    for (path, bytes) in tree.iter().filter(|(path, _)| is_input(path)) {
        let path = folder.path().join(path);
        fs::create_above(&path)?;
        fs::write_new(&path, bytes)?;
    }
    Ok(placed(proto::compile(&existing::protos(folder.path())?)?))
}

/// The protos with the paths at which the user finds them.
fn placed(mut compiled: Compiled) -> Protos {
    for source in &mut compiled.sources {
        source.path = Path::new("proto").join(&source.name);
    }
    Protos::new(&compiled)
}
