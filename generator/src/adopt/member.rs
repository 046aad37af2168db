//! The manifests of our crates, where the workspace says something else than ours would.

use toml_edit::{Array, DocumentMut, InlineTable, Item, TableLike, Value};

use super::root::{Findings, texts};

/// The tables that name dependencies.
const DEPENDENCIES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// The manifest of a crate that has to say some things for itself.
pub(super) fn manifest(text: &str, findings: &Findings) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else {
        return text.to_owned();
    };
    if let Some(package) = document
        .get_mut("package")
        .and_then(Item::as_table_like_mut)
    {
        for (key, value) in &findings.package {
            if inherits(package.get(key)) {
                package.insert(key, value.clone());
            }
        }
    }
    if let (Some(lints), true) = (&findings.lints, inherits(document.get("lints"))) {
        document.insert("lints", lints.clone());
    }
    for table in DEPENDENCIES {
        if let Some(table) = document.get_mut(table).and_then(Item::as_table_like_mut) {
            dependencies(table, findings);
        }
    }
    document.to_string()
}

/// Whether `workspace = true` is all or part of it.
fn inherits(item: Option<&Item>) -> bool {
    item.and_then(|item| item.get("workspace"))
        .and_then(Item::as_bool)
        == Some(true)
}

fn dependencies(table: &mut dyn TableLike, findings: &Findings) {
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        let Some(item) = table.get(&name).filter(|item| inherits(Some(item))) else {
            continue;
        };
        let asked = texts(item.get("features").and_then(Item::as_array));
        let asked: Vec<String> = asked.map(str::to_owned).collect();
        if let Some(own) = findings.own.get(&name) {
            table.insert(&name, with_features(own, &asked));
        } else if let Some(more) = findings.more_features.get(&name) {
            let mut inherited = InlineTable::new();
            inherited.insert("workspace", true.into());
            let item = Item::Value(Value::InlineTable(inherited));
            table.insert(&name, with_features(&item, &[asked, more.clone()].concat()));
        }
    }
}

/// The dependency with these features besides its own.
fn with_features(item: &Item, more: &[String]) -> Item {
    let mut table = match item.as_str() {
        Some(version) => {
            let mut table = InlineTable::new();
            table.insert("version", version.into());
            table
        }
        None => item
            .clone()
            .into_value()
            .ok()
            .and_then(|value| match value {
                Value::InlineTable(table) => Some(table),
                _ => None,
            })
            .unwrap_or_default(),
    };
    let own = texts(table.get("features").and_then(Value::as_array));
    let mut features: Vec<String> = own.map(str::to_owned).collect();
    features.extend(
        more.iter()
            .filter(|more| !features.contains(more))
            .cloned()
            .collect::<Vec<_>>(),
    );
    features.sort();
    if !features.is_empty() {
        table.insert("features", Value::Array(features.iter().collect::<Array>()));
    }
    if table.len() == 1
        && let Some(version) = table.get("version").and_then(Value::as_str)
    {
        return Item::Value(version.into());
    }
    Item::Value(Value::InlineTable(table))
}
