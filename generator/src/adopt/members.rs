//! The members of the workspace: our crates, but for those that a pattern covers.

use std::collections::BTreeSet;

use globset::GlobBuilder;
use toml_edit::{Array, Item, TableLike, Value};

use super::root::{texts, wrong};
use crate::error::Result;
use crate::project::push_like_last;

/// Adds our crates.
pub(super) fn add_members(workspace: &mut dyn TableLike, ours: &BTreeSet<String>) -> Result<()> {
    let covers = |workspace: &dyn TableLike, key: &str, member: &str| {
        let mut patterns = texts(workspace.get(key).and_then(Item::as_array));
        patterns.any(|pattern| {
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            let is_within = member
                .strip_prefix(pattern)
                .is_some_and(|rest| rest.starts_with('/'));
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            let matches = glob.is_ok_and(|glob| glob.compile_matcher().is_match(member));
            // A folder is excluded with all that is in it.
            matches || key == "exclude" && is_within
        })
    };
    let excluded: Vec<_> = ours
        .iter()
        .filter(|member| covers(workspace, "exclude", member))
        .collect();
    if let Some(first) = excluded.first() {
        let problem = wrong(&format!("`workspace.exclude` excludes `{first}`"));
        return Err(problem
            .hint("take it out there, or say with `--prefix FOLDER` where else everything is to go")
            .into());
    }
    let new: Vec<_> = ours
        .iter()
        .filter(|member| !covers(workspace, "members", member))
        .cloned()
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let members = workspace
        .entry("members")
        .or_insert(Item::Value(Value::Array(Array::new())));
    let members = members
        .as_array_mut()
        .ok_or_else(|| wrong("`workspace.members` is no list"))?;
    // An empty list becomes one that can be read.
    if members.is_empty()
        && !members
            .trailing()
            .as_str()
            .is_some_and(|text| text.contains('\n'))
    {
        members.set_trailing("\n");
    }
    for member in new {
        push_like_last(members, Value::from(member));
    }
    Ok(())
}
