//! Where new keys go: behind the one that they follow in what is rendered.

use std::collections::BTreeMap;

use toml_edit::{Item, Key, TableLike};

pub(super) fn insert(table: &mut dyn TableLike, key: Option<&Key>, name: &str, mut item: Item) {
    unplace(&mut item);
    let key = key.cloned().unwrap_or_else(|| Key::new(name));
    table.entry_format(&key).or_insert(item);
}

/// Tables are written where the document they come from had them; these are new here.
pub(super) fn unplace(item: &mut Item) {
    if let Some(table) = item.as_table_mut() {
        table.set_position(None);
    }
    if let Some(tables) = item.as_array_of_tables_mut() {
        tables.iter_mut().for_each(|table| table.set_position(None));
    }
    if let Some(table) = item.as_table_like_mut() {
        table.iter_mut().for_each(|(_, item)| unplace(item));
    }
}

/// Puts each new key behind the one that it follows in what is rendered.
pub(super) fn order(yours: &mut dyn TableLike, fresh: &dyn TableLike, present: &[String]) {
    let mut keys: Vec<&str> = present.iter().map(String::as_str).collect();
    let mut before: Option<&str> = None;
    for (key, _) in fresh.iter() {
        if !keys.contains(&key) {
            let at = before.and_then(|before| keys.iter().position(|key| *key == before));
            keys.insert(at.map_or(0, |at| at + 1), key);
        }
        before = Some(key);
    }
    let ranks: BTreeMap<String, usize> = keys
        .iter()
        .enumerate()
        .map(|(rank, key)| ((*key).to_owned(), rank))
        .collect();
    let rank = |key: &Key| ranks.get(key.get()).copied();
    sort(yours, &rank);
}

fn sort(table: &mut dyn TableLike, rank: &dyn Fn(&Key) -> Option<usize>) {
    let entries: Vec<(Key, Item)> = {
        let names: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
        let entry = |name: &String| {
            let key = table.key(name)?.clone();
            Some((key, table.get(name)?.clone()))
        };
        names.iter().filter_map(entry).collect()
    };
    let mut sorted = entries;
    sorted.sort_by_key(|(key, _)| rank(key));
    for (key, _) in &sorted {
        table.remove(key.get());
    }
    for (key, item) in sorted {
        table.entry_format(&key).or_insert(item);
    }
}
