//! What has become of the protos since they were rendered last.
//!
//! [`DESCRIPTORS`] has them as they were; a project that never synced has their texts in its last rendering.

use std::path::Path;

use super::Prepared;
use crate::error::{Problem, Result};
use crate::evolution::{self, Change, Protos};
use crate::existing;
use crate::fs;
use crate::project::FILE;
use crate::proto;
use crate::tree::Tree;

/// Where the last descriptors are, in a project.
pub(super) const DESCRIPTORS: &str = ".protosmith/descriptors.binpb";

/// The differences, and the descriptors to be kept; none of both if nothing is rendered.
pub(super) fn changes(prepared: &Prepared) -> Result<(Vec<Change>, Option<Vec<u8>>)> {
    let Some(fresh) = &prepared.fresh else {
        return Ok((Vec::new(), None));
    };
    let mut now = fresh.tree.clone();
    // The sample is rendered as it is in the template, whatever the user made of it.
    let edited =
        inputs(&prepared.inputs).map(|(path, bytes)| (path.to_owned(), bytes.to_vec().into()));
    now.0.extend(edited);
    let after = compiled(&now)?;
    let kept = Some(after.encode()?);
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

fn inputs(tree: &Tree) -> impl Iterator<Item = (&str, &[u8])> {
    let is_input = |path: &str| path.starts_with("proto/") && path.ends_with(".proto");
    tree.iter().filter(move |(path, _)| is_input(path))
}

/// The protos of a rendering, which knows no disk.
fn compiled(tree: &Tree) -> Result<Protos> {
    let folder = tempfile::tempdir();
    let folder =
        folder.map_err(|error| Problem::new(format!("cannot make a temporary folder: {error}")))?;
    let answers = tree.iter().filter(|(path, _)| *path == FILE);
    for (path, bytes) in inputs(tree).chain(answers) {
        let path = folder.path().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write_new(&path, bytes)?;
    }
    let mut compiled = proto::compile(&existing::protos(folder.path())?)?;
    for source in &mut compiled.sources {
        // As the user finds them.
        source.path = Path::new("proto").join(&source.name);
    }
    Ok(Protos::new(&compiled))
}
