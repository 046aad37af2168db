//! What is read of a project that exists: the protos it names, and the files of a crate.
//!
//! In: its folder, as the user typed it. Out: paths that start with that folder, so that every message names what the
//! user can open. Writes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Problem, Result};
use crate::fs;
use crate::project::FILE;
use crate::proto::{self, Include};

/// Where the protos are, in a project: the one root of their imports.
const PROTOS: &str = "proto";

/// How deep folders are looked into; a circle of links ends here.
const DEPTH: usize = 32;

/// The part of the answers that is needed.
#[derive(Deserialize)]
struct Answers {
    proto: Proto,
}

#[derive(Deserialize)]
struct Proto {
    files: Vec<String>,
}

/// Whether the folder is a project of ours.
pub(crate) fn is_project(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// The protos of the project in `folder`, and where their imports are.
///
/// # Errors
/// There is no `protosmith.toml`, or it does not say which protos.
pub(crate) fn protos(folder: &Path) -> Result<proto::Request> {
    let path = below(folder, FILE);
    if !is_project(folder) {
        let message = format!("there is no `{}`", path.display());
        return Err(Problem::new(message)
            .hint("name the folder of a project that protosmith made")
            .into());
    }
    let bytes = fs::read(&path)?.unwrap_or_default();
    let shown = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| {
        Problem::new(format!("`{shown}` is not UTF-8")).at(shown.clone(), None, None)
    })?;
    let answers: Answers = toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .map(|span| proto::locate::position(&text, span.start).0);
        Problem::new(error.message()).at(shown, line, None)
    })?;
    Ok(request(folder, answers.proto.files))
}

/// The files of a project, below its `proto/`.
fn request(folder: &Path, files: Vec<String>) -> proto::Request {
    let root = below(folder, PROTOS);
    proto::Request {
        protos: files.iter().map(|file| root.join(file)).collect(),
        includes: vec![Include {
            prefix: None,
            dir: root,
        }],
    }
}

/// The `.rs` files below `folder`, by path with `/` on every system.
///
/// # Errors
/// A folder or a file cannot be read.
pub(crate) fn sources(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let files = files(folder, "rs")?.into_iter();
    files
        .map(|path| Ok((slashed(&path), fs::read(&path)?.unwrap_or_default())))
        .collect()
}

/// The packages and binaries below a folder, by name, with the path of each one's manifest in it.
///
/// # Errors
/// A folder or a manifest cannot be read.
pub(crate) fn packages(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for path in files(folder, "toml")? {
        let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
        let below = path.strip_prefix(folder).unwrap_or(&path);
        if !is_manifest {
            continue;
        }
        let manifest = fs::read(&path)?.unwrap_or_default();
        for name in names(&manifest) {
            found.insert(name, slashed(below));
        }
    }
    Ok(found)
}

/// The names that a manifest takes: of its binaries, then of its package.
pub(crate) fn names(manifest: &[u8]) -> Vec<String> {
    let manifest: toml::Table =
        toml::from_str(&String::from_utf8_lossy(manifest)).unwrap_or_default();
    let binaries = manifest.get("bin").and_then(|bins| bins.as_array());
    let named = binaries
        .into_iter()
        .flatten()
        .chain(manifest.get("package"));
    named
        .filter_map(|table| Some(table.get("name")?.as_str()?.to_owned()))
        .collect()
}

/// A folder in a project; the project itself may be where the user stands.
pub(crate) fn below(folder: &Path, name: &str) -> PathBuf {
    match folder == Path::new(".") {
        true => PathBuf::from(name),
        false => folder.join(name),
    }
}

/// A path as the user would type it, with `/` on every system.
pub(crate) fn slashed(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// The files with an extension below a folder, sorted; hidden folders are left out.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        for name in fs::names(&folder)? {
            let path = folder.join(&name);
            let is_hidden = name.to_string_lossy().starts_with('.');
            if path.is_dir() {
                // Cargo marks its target folder, whatever it is called.
                let is_cache = path.join("CACHEDIR.TAG").exists();
                if !is_hidden && !is_cache && depth < DEPTH {
                    waiting.push((path, depth + 1));
                }
            } else if path.extension().is_some_and(|of| of == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
