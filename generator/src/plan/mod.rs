//! Decides every file that should exist, who owns it, and where its content comes from.
//!
//! In: the template, its manifest, the model and the answers. Out: a [`Plan`], which `render` only carries
//! out. Conditions are decided here, so that templates need not ask: a feature that is not selected has no file
//! in the plan.

mod handlers;
mod patience;
mod variables;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use crate::answers::Answers;
use crate::error::{Problem, Result};
use crate::feature::{Manifest, lies_in};
use crate::model::Model;
use crate::template::{COMPOSITION, MANIFEST};
use crate::tree::{Bytes, Tree};

pub use handlers::Handler;
pub use handlers::Settled;
pub(crate) use handlers::{handlers, is_module_of};

/// Every file of a workspace.
#[derive(Debug)]
pub struct Plan {
    /// By path, as in [`Tree`].
    pub files: BTreeMap<String, PlannedFile>,
    /// What every composition file may name.
    pub variables: Map<String, Value>,
}

/// One file of a [`Plan`].
#[derive(Debug)]
pub struct PlannedFile {
    /// Who keeps it up to date.
    pub owner: Owner,
    /// Where its content comes from.
    pub source: Source,
}

/// Who keeps a file up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The generator; the user's edits are merged three ways.
    Tool,
    /// Written once, then the user's.
    Yours,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tool => "tool",
            Self::Yours => "yours",
        })
    }
}

/// Where the content of a file comes from.
#[derive(Debug)]
pub enum Source {
    /// The bytes as they are.
    Verbatim(Bytes),
    /// A composition file of the template, by its path there.
    Composed(String),
    /// The composition file for one service, with variables of its own.
    Stub(Map<String, Value>),
}

/// Plans the workspace for `model`.
///
/// Fails if a proto would be written where the template has a file.
pub fn plan(
    template: &Tree,
    manifest: &Manifest,
    answers: &Answers,
    model: &Model,
    settled: &Settled,
) -> Result<Plan> {
    let handlers = handlers(&model.services, settled);
    let variables = variables::workspace(manifest, answers, model, &handlers);
    let needed = needed(manifest, &variables)?;
    let mut files = BTreeMap::new();
    let mut add = |path: String, source: Source| {
        let owner = owner(manifest, &path);
        files.insert(path, PlannedFile { owner, source })
    };

    let mut ours = BTreeSet::new();
    for (path, bytes) in &template.0 {
        if let Some((path, source)) = from_template(path, bytes, manifest, answers, &needed) {
            ours.insert(path.clone());
            add(path, source);
        }
    }
    // The sample brings its own proto and handler; beside it there may be services of the user's.
    let of_sample = |path: &String| answers.sample && ours.contains(path);
    for (service, handler) in model.services.iter().zip(&handlers) {
        let path = format!("crates/service/src/{}.rs", handler.module);
        if !of_sample(&path) {
            add(path, Source::Stub(variables::stub(service, handler)));
        }
    }
    for file in &model.files {
        let path = format!("proto/{}", file.name);
        if of_sample(&path) {
            continue;
        }
        let text = Cow::Owned(file.text.clone().into_bytes());
        let replaced = add(path, Source::Verbatim(text)).is_some();
        if replaced {
            return Err(Problem::new(format!(
                "`{}` would replace a file of the template",
                file.name
            ))
            .hint("move the proto into a folder, and name its parent with `--include`")
            .into());
        }
    }
    Ok(Plan { files, variables })
}

/// Who keeps a file of that path up to date, as the template has it.
fn owner(manifest: &Manifest, path: &str) -> Owner {
    let lies_in_any = |prefixes: &[String]| prefixes.iter().any(|prefix| lies_in(path, prefix));
    match lies_in_any(&manifest.yours) && !lies_in_any(&manifest.tool) {
        true => Owner::Yours,
        false => Owner::Tool,
    }
}

/// The files and folders that these protos need and others do not.
fn needed<'a>(manifest: &'a Manifest, variables: &Map<String, Value>) -> Result<Vec<&'a str>> {
    let mut needed = Vec::new();
    for (variable, paths) in &manifest.needed {
        match variables.get(variable) {
            Some(Value::Bool(true)) => needed.extend(paths.iter().map(String::as_str)),
            Some(Value::Bool(false)) => {}
            _ => {
                let message = format!("`protosmith.needed.{variable}` names no condition");
                let problem = Problem::new(message).at(format!("template/{MANIFEST}"), None, None);
                return Err(problem.into());
            }
        }
    }
    Ok(needed)
}

/// What becomes of one file of the template; `None` if it has no place in this workspace.
fn from_template(
    path: &str,
    bytes: &Bytes,
    manifest: &Manifest,
    answers: &Answers,
    needed: &[&str],
) -> Option<(String, Source)> {
    let is_hook = !path.contains('/') && path.ends_with(".rhai");
    if path == MANIFEST || is_hook {
        return None;
    }
    let (target, source) = match path.strip_suffix(COMPOSITION) {
        Some(target) => (target, Source::Composed(path.to_owned())),
        None => (path, Source::Verbatim(bytes.clone())),
    };
    let any = |prefixes: &[String]| prefixes.iter().any(|prefix| lies_in(target, prefix));
    let unselected = manifest
        .features
        .iter()
        .filter(|feature| !answers.features.contains(&feature.name));
    let is_needed = needed.iter().any(|prefix| lies_in(target, prefix));
    let absent = any(&manifest.ignored) && !is_needed
        || !answers.sample && any(&manifest.sample)
        || unselected.into_iter().any(|feature| any(&feature.paths));
    (!absent).then(|| (target.to_owned(), source))
}
