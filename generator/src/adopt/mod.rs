//! Brings a service into a Cargo workspace that is there already.
//!
//! In: the manifest and the files of the workspace, and a rendered tree. Out: every change that is to be made, or
//! all that stands in the way. Pure. What is the user's stays as it is, byte for byte: `root` with `members`
//! and `dependencies` adds lines to their manifest, and where they already say something else, `member` lets our crates say
//! it for themselves.
//!
//! The rest is as after `protosmith new`, so that `sync` takes over from there.

mod dependencies;
mod member;
mod members;
mod root;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Problem, Result};
use crate::existing::names;
use crate::merge;
use crate::merge::text::Text;
use crate::tree::{Bytes, Tree};
use crate::write::Change;

/// What is there.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// The root manifest, as it is.
    pub manifest: Vec<u8>,
    /// The files of the workspace at the paths of the rendered ones, as far as there are such.
    pub files: Tree,
    /// The names of the packages in the workspace, with the path of each one's manifest.
    pub packages: BTreeMap<String, String>,
}

/// How it is to be done.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder of the workspace that everything goes into, with `/`; empty for the workspace itself.
    pub prefix: String,
    /// Whether a repository of one crate becomes a workspace.
    pub workspace: bool,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// Every file that is new or changes, by path in the workspace.
    pub changes: Vec<Change>,
    /// Where the user's manifest says something else than ours would, and what our crates do then.
    pub notes: Vec<Problem>,
    /// Rendered files that are not brought, since such things are the workspace's own.
    pub left_out: Vec<String>,
}

/// Where cargo looks for the workspace.
const MANIFEST: &str = "Cargo.toml";

/// What a repository has its own way with. Later renderings leave out what is not there, too.
const HOUSE: &[&str] = &[
    ".github",
    ".gitignore",
    "AGENTS.md",
    "README.md",
    "RUNBOOK.md",
    "deny.toml",
    "justfile",
    "rustfmt.toml",
];

/// What the workspace may have in its own way, and our crates take as it is.
const SHARED: &[&str] = &["clippy.toml"];

/// Plans the adoption of a rendered tree.
///
/// # Errors
/// Everything that stands in the way: other files at our paths, packages of our names, members that are excluded, a
/// manifest without a workspace.
pub fn adopt(existing: &Existing, rendered: &Tree, options: &Options) -> Result<Adoption> {
    let members = members(rendered, &options.prefix);
    let mut problems = clashes(existing, rendered, options);
    problems.extend(taken_names(existing, rendered, options));
    let ours = rendered
        .0
        .get(MANIFEST)
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let merged = root::merge(
        &existing.manifest,
        &ours.unwrap_or_default(),
        &members,
        options,
    );
    let (manifest, findings) = match merged {
        Ok(merged) if problems.is_empty() => merged,
        Ok(_) => return Err(problems.into()),
        Err(error) => return Err(Error::gather([Error::check(problems).err(), Some(error)])),
    };

    let mut changes = Vec::new();
    let mut left_out = Vec::new();
    if manifest != existing.manifest {
        changes.push(Change {
            path: MANIFEST.to_owned(),
            old: Some(Cow::Owned(existing.manifest.clone())),
            new: Some(Cow::Owned(manifest)),
        });
    }
    for (path, bytes) in &rendered.0 {
        let place = placed(path, &options.prefix);
        if path == MANIFEST {
            continue;
        }
        let is_there = existing.files.0.contains_key(&place);
        if is_house(path) || is_there {
            let is_as_rendered = existing
                .files
                .0
                .get(&place)
                .is_some_and(|there| merge::same(there, bytes));
            if !is_as_rendered {
                left_out.push(path.clone());
            }
            continue;
        }
        let new: Bytes = match path.strip_suffix("/Cargo.toml") {
            Some(_) => Cow::Owned(
                member::manifest(&String::from_utf8_lossy(bytes), &findings).into_bytes(),
            ),
            None => bytes.clone(),
        };
        changes.push(Change {
            path: place,
            old: None,
            new: Some(new),
        });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Adoption {
        changes,
        notes: findings.notes,
        left_out,
    })
}

/// The paths at which files have to be looked for.
pub fn paths<'a>(rendered: &'a Tree, options: &'a Options) -> impl Iterator<Item = String> + 'a {
    rendered.0.keys().map(|path| placed(path, &options.prefix))
}

/// A rendered path in the workspace.
pub(crate) fn placed(path: &str, prefix: &str) -> String {
    match prefix {
        "" => path.to_owned(),
        prefix => format!("{prefix}/{path}"),
    }
}

fn is_house(path: &str) -> bool {
    HOUSE
        .iter()
        .any(|prefix| crate::feature::lies_in(path, prefix))
}

/// Our crates, by folder in the workspace.
fn members(rendered: &Tree, prefix: &str) -> BTreeSet<String> {
    let folders = rendered
        .0
        .keys()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"));
    folders.map(|folder| placed(folder, prefix)).collect()
}

/// Files that are there and are not what we would write; crates' folders that are taken, each once.
fn clashes(existing: &Existing, rendered: &Tree, options: &Options) -> Vec<Problem> {
    let mut told = BTreeSet::new();
    let mut problems = Vec::new();
    for (path, bytes) in &rendered.0 {
        let place = placed(path, &options.prefix);
        let Some(there) = existing.files.0.get(&place) else {
            continue;
        };
        let may_be = path == MANIFEST && options.prefix.is_empty()
            || is_house(path)
            || SHARED.contains(&path.as_str());
        if may_be || merge::same(there, bytes) {
            continue;
        }
        // One word for a folder of crates.
        let shown = match path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split('/').next())
        {
            Some(name) => placed(&format!("crates/{name}"), &options.prefix),
            None => place,
        };
        if told.insert(shown.clone()) {
            let problem =
                Problem::new(format!("`{shown}` is there already, and is something else"));
            let problem = problem.at(shown, None, None);
            problems.push(problem.hint(match path.as_str() {
                "protosmith.toml" => "this is a project already: `protosmith add` adds features and protos to it",
                _ => "move it away, or say with `--prefix FOLDER` where in the workspace everything is to go",
            }));
        }
    }
    problems
}

/// Packages of our names.
fn taken_names(existing: &Existing, rendered: &Tree, options: &Options) -> Vec<Problem> {
    let ours = rendered
        .0
        .iter()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"));
    let mut problems = Vec::new();
    for (path, bytes) in ours {
        let path = placed(path, &options.prefix);
        for name in names(bytes) {
            let other = existing.packages.get(&name).filter(|other| **other != path);
            if let Some(other) = other {
                let problem = Problem::new(format!("the workspace has a package `{name}` already"));
                let problem = problem.at(other.clone(), None, None);
                problems.push(problem.hint("choose another name with `--name`"));
            }
        }
    }
    problems
}

/// The text of a manifest, to be edited.
///
/// # Errors
/// It is not UTF-8.
fn text(bytes: &[u8]) -> Result<Text> {
    Text::read(bytes).ok_or_else(|| {
        let problem = Problem::new(format!("`{MANIFEST}` is not UTF-8"));
        problem.at(MANIFEST, None, None).into()
    })
}
