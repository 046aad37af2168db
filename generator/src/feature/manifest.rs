//! Reads `cargo-generate.toml`.
//!
//! The tables `template`, `placeholders`, `conditional` and `hooks` are cargo-generate's; `protosmith` is
//! our own, which cargo-generate leaves alone. Whatever we do not understand is an error: two engines
//! read this file, and a line that only one of them heeds would make them differ.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Problem, Result};
use crate::proto::locate::position;
use crate::template::MANIFEST;
use crate::tree::Tree;

/// The manifest of a template.
#[derive(Debug)]
pub struct Manifest {
    /// What can be selected, in the order of the manifest.
    pub features: Vec<Feature>,
    /// What is laid down for later versions, by name; not selectable.
    pub planned: Vec<Planned>,
    /// The features of each preset, by the preset's name.
    pub presets: BTreeMap<String, Vec<String>>,
    /// Files and folders of the template that are not rendered as they lie.
    pub ignored: Vec<String>,
    /// Files and folders of the sample service, left out when the user brings a proto.
    pub sample: Vec<String>,
    /// Files and folders that only some protos need, by the variable that says whether; among the
    /// ignored.
    pub needed: BTreeMap<String, Vec<String>>,
    /// Files and folders that belong to the user once they are written.
    pub yours: Vec<String>,
    /// Those in them that stay the tool's.
    pub tool: Vec<String>,
    /// The composition file that is rendered once for each of the user's services.
    pub stub: String,
}

/// One optional part of the generated workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// In kebab case: `rate-limit`.
    pub name: String,
    /// What it brings, in one line.
    pub summary: String,
    /// Features that it cannot do without.
    pub requires: Vec<String>,
    /// Features that it cannot be together with.
    pub conflicts: Vec<String>,
    /// Files and folders that only exist with it.
    pub paths: Vec<String>,
}

/// A feature of a later version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// In kebab case.
    pub name: String,
    /// What it will bring.
    pub summary: String,
}

// === impl Manifest ===

impl Manifest {
    /// Reads the manifest of `template`.
    pub fn read(template: &Tree) -> Result<Self> {
        let problem =
            |message: String| Problem::new(message).at(format!("template/{MANIFEST}"), None, None);
        let bytes = template
            .0
            .get(MANIFEST)
            .ok_or_else(|| problem("the template has no manifest".to_owned()))?;
        let text = std::str::from_utf8(bytes)
            .map_err(|_| problem("the manifest is not UTF-8".to_owned()))?;
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| position(text, span.start).0);
            Problem::new(error.message()).at(format!("template/{MANIFEST}"), line, None)
        })?;
        file.check().map_err(|message| problem(message).into())
    }

    /// The feature of that name.
    pub fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.name == name)
    }
}

// === impl Feature ===

impl Feature {
    /// The variable that composition files ask: `rate_limit`.
    pub fn variable(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// Whether `path` is `prefix` or lies in it. A prefix names a file or a folder.
pub fn lies_in(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

// === the file ===

#[derive(Deserialize)]
struct File {
    template: TemplateTable,
    placeholders: Placeholders,
    #[serde(default)]
    conditional: BTreeMap<String, Ignore>,
    protosmith: Own,
}

#[derive(Deserialize)]
struct TemplateTable {
    #[serde(default)]
    ignore: Vec<String>,
}

#[derive(Deserialize)]
struct Placeholders {
    features: FeaturesPlaceholder,
}

#[derive(Deserialize)]
struct FeaturesPlaceholder {
    choices: Vec<LabelledChoice>,
    default: Vec<String>,
}

#[derive(Deserialize)]
struct LabelledChoice {
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignore {
    ignore: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    presets: BTreeMap<String, Vec<String>>,
    features: BTreeMap<String, OwnFeature>,
    planned: toml::Table,
    sample: Paths,
    needed: BTreeMap<String, Vec<String>>,
    owners: Owners,
    stub: Stub,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnFeature {
    summary: String,
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    conflicts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    paths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Owners {
    yours: Vec<String>,
    tool: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stub {
    template: String,
}

impl File {
    fn check(mut self) -> std::result::Result<Manifest, String> {
        let mut features = Vec::new();
        for choice in &self.placeholders.features.choices {
            let name = choice.value.clone();
            let own = self.protosmith.features.remove(&name);
            let own =
                own.ok_or_else(|| format!("`{name}` has no table `protosmith.features.{name}`"))?;
            features.push(Feature {
                name,
                summary: own.summary,
                requires: own.requires,
                conflicts: own.conflicts,
                paths: Vec::new(),
            });
        }
        if let Some(name) = self.protosmith.features.keys().next() {
            return Err(format!(
                "`protosmith.features.{name}` is not among the choices of `placeholders.features`"
            ));
        }
        for (condition, ignore) in self.conditional {
            let name = condition
                .strip_prefix("!features.contains(\"")
                .and_then(|rest| rest.strip_suffix("\")"));
            let name = name.ok_or_else(|| {
                format!("condition `{condition}` is not of the one form in use, `!features.contains(\"name\")`")
            })?;
            let feature = features.iter_mut().find(|feature| feature.name == name);
            feature
                .ok_or_else(|| format!("condition `{condition}` names no feature"))?
                .paths
                .extend(ignore.ignore);
        }
        let all: Vec<String> = features
            .iter()
            .map(|feature| feature.name.clone())
            .collect();
        for (preset, names) in &mut self.protosmith.presets {
            if *names == ["*"] {
                names.clone_from(&all);
            }
            if let Some(name) = names.iter().find(|name| !all.contains(name)) {
                return Err(format!(
                    "preset `{preset}` names `{name}`, which is no feature"
                ));
            }
        }
        for feature in &features {
            let others = feature.requires.iter().chain(&feature.conflicts);
            if let Some(name) = others.into_iter().find(|name| !all.contains(name)) {
                return Err(format!(
                    "feature `{}` names `{name}`, which is no feature",
                    feature.name
                ));
            }
        }
        if self.protosmith.presets.get("standard") != Some(&self.placeholders.features.default) {
            return Err(
                "`placeholders.features.default` differs from the preset `standard`".to_owned(),
            );
        }
        let planned = self
            .protosmith
            .planned
            .into_iter()
            .map(|(name, summary)| match summary {
                toml::Value::String(summary) => Ok(Planned { name, summary }),
                _ => Err(format!("`protosmith.planned.{name}` is not a text")),
            });
        Ok(Manifest {
            planned: planned.collect::<std::result::Result<_, _>>()?,
            features,
            presets: self.protosmith.presets,
            ignored: self.template.ignore,
            sample: self.protosmith.sample.paths,
            needed: self.protosmith.needed,
            yours: self.protosmith.owners.yours,
            tool: self.protosmith.owners.tool,
            stub: self.protosmith.stub.template,
        })
    }
}
