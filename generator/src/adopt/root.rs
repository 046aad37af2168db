//! The root manifest: lines are added, none is changed.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::dependencies::take_dependencies;
use super::members::add_members;
use super::{MANIFEST, Options, text};
use crate::error::{Problem, Result};
use crate::proto::locate;

/// Where the user's manifest says something else, and what our crates have to say for themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings {
    /// Dependencies that are not to be had from the workspace: what stands for `workspace = true`.
    pub(super) own: BTreeMap<String, Item>,
    /// Features that the workspace's own entry does not have.
    pub(super) more_features: BTreeMap<String, Vec<String>>,
    /// Keys of `package` that are not to be had from the workspace.
    pub(super) package: BTreeMap<String, Item>,
    /// The lints, if the workspace has others.
    pub(super) lints: Option<Item>,
    /// All of that in words.
    pub(super) notes: Vec<Problem>,
}

/// Adds what our crates need of the workspace; gives the new manifest and what it does not have.
///
/// # Errors
/// It is no TOML, has no workspace, or excludes our crates.
pub(super) fn merge(
    bytes: &[u8],
    ours: &str,
    members: &BTreeSet<String>,
    options: &Options,
) -> Result<(Vec<u8>, Findings)> {
    let theirs = text(bytes)?;
    let mut document = parse(&theirs.body)?;
    let ours = parse(ours)?;
    check_workspace(&mut document, options)?;
    let workspace = document
        .get_mut("workspace")
        .and_then(Item::as_table_like_mut);
    let workspace = workspace.ok_or_else(|| wrong("`workspace` is no table"))?;
    add_members(workspace, members)?;
    let mut findings = Findings::default();
    let our = |key: &str| {
        ours.get("workspace")
            .and_then(|workspace| workspace.get(key))
            .and_then(Item::as_table_like)
    };
    if let Some(package) = our("package") {
        package_keys(workspace, package, &mut findings)?;
    }
    if let Some(dependencies) = our("dependencies") {
        take_dependencies(workspace, dependencies, options, &mut findings)?;
    }
    if let Some(lints) = our("lints") {
        take_lints(workspace, lints, &mut findings);
    }
    Ok((theirs.with(&document.to_string()), findings))
}

fn parse(text: &str) -> Result<DocumentMut> {
    text.parse::<DocumentMut>().map_err(|error| {
        let line = error
            .span()
            .map(|span| locate::position(text, span.start).0);
        Problem::new(error.message().trim_end().to_owned())
            .at(MANIFEST, line, None)
            .into()
    })
}

pub(super) fn wrong(message: &str) -> Problem {
    Problem::new(message).at(MANIFEST, None, None)
}

/// There is a workspace, or one is wanted.
fn check_workspace(document: &mut DocumentMut, options: &Options) -> Result<()> {
    if document.get("workspace").is_some() {
        return Ok(());
    }
    let package = document.get("package").and_then(Item::as_table_like);
    let Some(package) = package else {
        return Err(wrong("this manifest has neither a workspace nor a package").into());
    };
    if let Some(root) = package.get("workspace").and_then(Item::as_str) {
        let problem = wrong(&format!(
            "this package is a member of the workspace at `{root}`"
        ));
        return Err(problem
            .hint(format!("adopt there: `protosmith adopt {root}`"))
            .into());
    }
    if !options.workspace {
        let problem = wrong("this is a crate of its own, and no workspace");
        return Err(problem
            .hint("say `--workspace` to make it one, with this crate as a member")
            .into());
    }
    let mut workspace = Table::new();
    workspace.insert("members", Item::Value(Value::Array(Array::new())));
    // In front, as workspaces are read.
    let edition = package
        .get("edition")
        .and_then(Item::as_str)
        .unwrap_or("2015");
    if matches!(edition, "2015" | "2018") {
        workspace.insert("resolver", "2".into());
    }
    document.insert("workspace", Item::Table(workspace));
    Ok(())
}

/// What our crates inherit: added where nothing is said, kept where the same is.
fn package_keys(
    workspace: &mut dyn TableLike,
    ours: &dyn TableLike,
    findings: &mut Findings,
) -> Result<()> {
    let theirs = workspace
        .entry("package")
        .or_insert(Item::Table(Table::new()));
    let theirs = theirs
        .as_table_like_mut()
        .ok_or_else(|| wrong("`workspace.package` is no table"))?;
    for (key, value) in ours.iter() {
        let Some(there) = theirs.get(key) else {
            theirs.insert(key, bare(value));
            continue;
        };
        // The version is the workspace's to give.
        if shown(there) == shown(value) || key == "version" {
            continue;
        }
        let message = format!(
            "`workspace.package.{key}` is {}: our crates say {} for themselves",
            shown(there),
            shown(value)
        );
        findings.notes.push(wrong(&message));
        findings.package.insert(key.to_owned(), bare(value));
    }
    Ok(())
}

/// Lints for a workspace that has none; else our crates keep ours to themselves, since others inherit those.
fn take_lints(workspace: &mut dyn TableLike, ours: &dyn TableLike, findings: &mut Findings) {
    let mut lints = Table::new();
    lints.set_implicit(true);
    for (group, item) in ours.iter() {
        let mut item = item.clone();
        if let Some(table) = item.as_table_mut() {
            // Where it comes to stand, and not where it stood.
            table.set_position(None);
        }
        lints.insert(group, item);
    }
    if workspace.get("lints").is_some() {
        let message = "`workspace.lints` is there already: our crates have lints of their own";
        findings.notes.push(wrong(message));
        findings.lints = Some(Item::Table(lints));
    } else {
        workspace.insert("lints", Item::Table(lints));
    }
}

/// A value without the blanks and comments around it.
pub(super) fn bare(item: &Item) -> Item {
    let mut item = item.clone();
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    item
}

/// The texts in a list, which may not be there.
pub(super) fn texts(list: Option<&Array>) -> impl Iterator<Item = &str> {
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// A value as a message shows it.
pub(super) fn shown(item: &Item) -> String {
    let item = bare(item);
    let text = match item.as_value() {
        Some(value) => value.to_string(),
        None => match item.get("version").and_then(Item::as_str) {
            Some(version) => format!("\"{version}\""),
            None => "a table".to_owned(),
        },
    };
    format!("`{}`", text.trim())
}
