//! Merges TOML by key: what lies on neighbouring lines need not be related, and what is written differently may be the
//! same.
//!
//! The keys decide what the result means. Where merging by line gives just that, its layout is taken.

mod place;
mod same;
#[cfg(test)]
mod tests;

use place::{insert, order, unplace};
use same::same;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::lines::Marked;
use crate::project::{push_like_last, remove};

/// The merged text, or the one with markers. `by_line` is what merging by line gave.
pub(super) fn merge(
    base: &str,
    yours: &str,
    fresh: &str,
    by_line: Result<String, Marked>,
) -> Result<String, Marked> {
    let parse = |text: &str| text.parse::<DocumentMut>().ok();
    let (Some(base), Some(mine), Some(theirs)) = (parse(base), parse(yours), parse(fresh)) else {
        return by_line;
    };
    let mut merged = mine.clone();
    let mut conflicts = false;
    tables(
        Some(base.as_table()),
        merged.as_table_mut(),
        theirs.as_table(),
        &mut conflicts,
    );
    if conflicts {
        return by_line;
    }
    if let Ok(text) = &by_line
        && parse(text).is_some_and(|text| same(text.as_item(), merged.as_item()))
    {
        return by_line;
    }
    let text = merged.to_string();
    // Keys have no comments of their own; one of the user's that went with a key is a reason to ask.
    let comments = |text: &str| -> Vec<String> {
        let comment = |line: &str| {
            line.split_once('#')
                .map(|(_, comment)| comment.trim().to_owned())
        };
        text.lines().filter_map(comment).collect()
    };
    let (before, after) = (comments(&base.to_string()), comments(&text));
    let lost = |comment: &String| !before.contains(comment) && !after.contains(comment);
    match comments(yours).iter().any(lost) || parse(&text).is_none() {
        true => by_line,
        false => Ok(text),
    }
}

/// Brings `yours` along. What both changed is left as it is and noted.
fn tables(
    base: Option<&dyn TableLike>,
    yours: &mut dyn TableLike,
    fresh: &dyn TableLike,
    conflicts: &mut bool,
) {
    let of_base = |key: &str| base.and_then(|base| base.get(key));
    let present: Vec<String> = yours.iter().map(|(key, _)| key.to_owned()).collect();
    for key in &present {
        let before = of_base(key);
        match fresh.get(key) {
            Some(fresh) => {
                if let Some(yours) = yours.get_mut(key) {
                    item(before, yours, fresh, conflicts);
                }
            }
            None => {
                let Some(before) = before else { continue };
                let Some(item) = yours.get_mut(key) else {
                    continue;
                };
                if same(before, item) {
                    yours.remove(key);
                } else if let (Some(before), Some(table)) =
                    (before.as_table_like(), item.as_table_like_mut())
                {
                    tables(Some(before), table, &Table::new(), conflicts);
                }
            }
        }
    }
    let mut added = Vec::new();
    for (key, item) in fresh.iter() {
        // What the user deleted stays deleted.
        if yours.get(key).is_none() && of_base(key).is_none() {
            added.push(key.to_owned());
            insert(yours, fresh.key(key), key, item.clone());
        }
    }
    if !added.is_empty() {
        order(yours, fresh, &present);
    }
}

/// Brings one value along.
fn item(base: Option<&Item>, yours: &mut Item, fresh: &Item, conflicts: &mut bool) {
    if same(yours, fresh) || base.is_some_and(|base| same(base, fresh)) {
        return;
    }
    let before = base.and_then(Item::as_table_like);
    if let (Some(yours), Some(fresh)) = (yours.as_table_like_mut(), fresh.as_table_like()) {
        return tables(before, yours, fresh, conflicts);
    }
    let before = base.and_then(Item::as_array);
    if let (Some(yours), Some(fresh)) = (yours.as_array_mut(), fresh.as_array())
        && [Some(&*yours), before, Some(fresh)]
            .into_iter()
            .flatten()
            .all(is_set)
    {
        return sets(before, yours, fresh);
    }
    let unedited = base.is_some_and(|base| same(base, yours));
    match (unedited, yours.as_value_mut(), fresh.as_value()) {
        (true, Some(yours), Some(fresh)) => {
            let decor = yours.decor().clone();
            *yours = fresh.clone();
            *yours.decor_mut() = decor;
        }
        (true, ..) => {
            *yours = fresh.clone();
            unplace(yours);
        }
        (false, ..) => *conflicts = true,
    }
}

/// Whether the order of the entries hardly matters: texts, each once.
fn is_set(array: &Array) -> bool {
    let texts: Vec<_> = array.iter().map(Value::as_str).collect();
    let once = |(at, text): (usize, &Option<&str>)| !texts.iter().take(at).any(|t| t == text);
    texts.iter().all(Option::is_some) && texts.iter().enumerate().all(once)
}

fn sets(base: Option<&Array>, yours: &mut Array, fresh: &Array) {
    let has = |array: &Array, text: Option<&str>| array.iter().any(|value| value.as_str() == text);
    let was = |text: Option<&str>| base.is_some_and(|base| has(base, text));
    for value in fresh.iter() {
        let text = value.as_str();
        if !was(text) && !has(yours, text) {
            push_like_last(yours, Value::from(text.unwrap_or_default()));
        }
    }
    remove(yours, |value| {
        was(value.as_str()) && !has(fresh, value.as_str())
    });
}
