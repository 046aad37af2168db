//! `workspace.dependencies`: what suits our crates they inherit, and the rest they ask for themselves.

use std::collections::BTreeSet;

use toml_edit::{Item, Table, TableLike};

use super::root::{Findings, bare, shown, texts, wrong};
use super::{Options, placed};
use crate::error::Result;

/// Dependencies: new ones are added, others stay, and what does not suit our crates they ask for themselves.
pub(super) fn take_dependencies(
    workspace: &mut dyn TableLike,
    ours: &dyn TableLike,
    options: &Options,
    findings: &mut Findings,
) -> Result<()> {
    let theirs = workspace
        .entry("dependencies")
        .or_insert(Item::Table(Table::new()));
    let theirs = theirs
        .as_table_like_mut()
        .ok_or_else(|| wrong("`workspace.dependencies` is no table"))?;
    for (name, item) in ours.iter() {
        let path = item.get("path").and_then(Item::as_str);
        let Some(there) = theirs.get(name) else {
            let mut item = bare(item);
            if let (Some(path), Some(table)) = (path, item.as_table_like_mut()) {
                table.insert("path", Item::Value(placed(path, &options.prefix).into()));
            }
            theirs.insert(name, item);
            continue;
        };
        if let Some(path) = path {
            // Seen from a crate, which lies beside the others.
            let mut own = bare(item);
            if let Some(table) = own.as_table_like_mut() {
                let sibling = path.rsplit('/').next().unwrap_or(path);
                table.insert("path", Item::Value(format!("../{sibling}").into()));
            }
            let message = format!(
                "`workspace.dependencies.{name}` is there already: our crates name `{path}` by its path"
            );
            findings.notes.push(wrong(&message));
            findings.own.insert(name.to_owned(), own);
            continue;
        }
        let (was, is) = (Wanted::of(there), Wanted::of(item));
        match was.suits(&is) {
            true => {
                let more: Vec<_> = is.features.difference(&was.features).cloned().collect();
                if !more.is_empty() {
                    findings.more_features.insert(name.to_owned(), more);
                }
            }
            false => {
                let message = format!(
                    "`workspace.dependencies.{name}` is {}: our crates ask for {} themselves",
                    shown(there),
                    shown(item)
                );
                findings.notes.push(wrong(&message));
                findings.own.insert(name.to_owned(), bare(item));
            }
        }
    }
    Ok(())
}

/// What is asked for of a dependency.
#[derive(Debug, Default)]
struct Wanted {
    version: Option<String>,
    features: BTreeSet<String>,
    has_defaults: bool,
    is_special: bool,
}

impl Wanted {
    fn of(item: &Item) -> Self {
        if let Some(version) = item.as_str() {
            return Self {
                version: Some(version.to_owned()),
                has_defaults: true,
                ..Self::default()
            };
        }
        let features = texts(item.get("features").and_then(Item::as_array));
        let is_plain = |key: &str| ["version", "features", "default-features"].contains(&key);
        Self {
            version: item
                .get("version")
                .and_then(Item::as_str)
                .map(str::to_owned),
            features: features.map(str::to_owned).collect(),
            has_defaults: item
                .get("default-features")
                .and_then(Item::as_bool)
                .unwrap_or(true),
            // git, path, package, registry.
            is_special: item
                .as_table_like()
                .is_none_or(|table| table.iter().any(|(key, _)| !is_plain(key))),
        }
    }

    /// Whether this serves who wants `ours`, but for features.
    fn suits(&self, ours: &Self) -> bool {
        !self.is_special
            && self.version == ours.version
            && (self.has_defaults || !ours.has_defaults)
    }
}
