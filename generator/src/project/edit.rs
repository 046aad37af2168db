//! Changes `protosmith.toml` as its owner would: other lines, comments and the layout stay.

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use crate::error::{Problem, Result};
use crate::merge::text::Text;
use crate::project::FILE;

/// A change to one list of the file.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// Where the list is: its table and its key.
    pub list: (&'static str, &'static str),
    /// What it must have; what it has already is not added again.
    pub add: &'a [String],
    /// What it must not have.
    pub remove: &'a [String],
}

impl<'a> Edit<'a> {
    /// Of the optional parts.
    pub const FEATURES: (&'static str, &'static str) = ("features", "list");
    /// Of the protos.
    pub const PROTOS: (&'static str, &'static str) = ("proto", "files");
    /// Of the files that the user has taken over.
    pub const YOURS: (&'static str, &'static str) = ("files", "yours");
    /// Of the files that the user has given to the tool.
    pub const TOOL: (&'static str, &'static str) = ("files", "tool");

    /// Adds to a list.
    pub fn add(list: (&'static str, &'static str), add: &'a [String]) -> Self {
        Self {
            list,
            add,
            remove: &[],
        }
    }

    /// Removes from a list.
    pub fn remove(list: (&'static str, &'static str), remove: &'a [String]) -> Self {
        Self {
            list,
            add: &[],
            remove,
        }
    }

    /// The file after the edits.
    ///
    /// # Errors
    /// The file is no TOML, or has something else in place of the list.
    pub fn apply(edits: &[Self], bytes: &[u8], shown: &str) -> Result<Vec<u8>> {
        let wrong = |message: String| Problem::new(message).at(shown, None, None);
        let (text, mut document) = read(bytes, shown)?;
        for edit in edits {
            let (table, key) = edit.list;
            if edit.add.is_empty() && document.get(table).is_none() {
                continue;
            }
            let item = document
                .entry(table)
                .or_insert(Item::Table(Table::new()))
                .as_table_like_mut()
                .ok_or_else(|| wrong(format!("`{table}` is no table")))?;
            if edit.add.is_empty() && item.get(key).is_none() {
                continue;
            }
            let array = item
                .entry(key)
                .or_insert(Item::Value(Value::Array(Array::new())))
                .as_array_mut()
                .ok_or_else(|| wrong(format!("`{table}.{key}` is no list")))?;
            let has =
                |array: &Array, word: &str| array.iter().any(|value| value.as_str() == Some(word));
            for word in edit.add {
                if !has(array, word) {
                    push_like_last(array, Value::from(word.as_str()));
                }
            }
            for word in edit.remove {
                remove(array, |value| value.as_str() == Some(word));
            }
        }
        Ok(text.with(&document.to_string()))
    }
}

/// The text of the file, and what it says.
fn read(bytes: &[u8], shown: &str) -> Result<(Text, DocumentMut)> {
    let wrong = |message: String| Problem::new(message).at(shown, None, None);
    let text = Text::read(bytes).ok_or_else(|| wrong(format!("`{shown}` is not UTF-8")))?;
    let document = text.body.parse::<DocumentMut>();
    let document = document.map_err(|error| wrong(error.message().to_owned()))?;
    Ok((text, document))
}

/// The settings with the folder of a team's template.
pub(super) fn with_template(bytes: &[u8], dir: &str) -> Result<Vec<u8>> {
    let (text, mut document) = read(bytes, FILE)?;
    let mut table = Table::new();
    table
        .decor_mut()
        .set_prefix("\n# The template of our own, relative to this file.\n");
    table.insert("dir", toml_edit::value(dir));
    document.insert("template", Item::Table(table));
    Ok(text.with(&document.to_string()))
}

/// Adds an entry with the line break and the indentation that the last one has.
///
/// What follows the last entry, comments with it, comes before the new one.
pub(crate) fn push_like_last(array: &mut Array, mut value: Value) {
    let raw = |raw: Option<&toml_edit::RawString>| {
        raw.and_then(|raw| raw.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let prefix = array.iter().last().map(|last| raw(last.decor().prefix()));
    let mut after = raw(Some(array.trailing()));
    let on_lines = after.contains('\n') || prefix.as_ref().is_some_and(|p| p.contains('\n'));
    if !on_lines {
        let blank = if array.is_empty() { "" } else { " " };
        *value.decor_mut() = toml_edit::Decor::new(blank, "");
        array.push_formatted(value);
        return;
    }
    let indent = prefix
        .as_deref()
        .and_then(|prefix| prefix.rsplit('\n').next());
    let indent = indent.unwrap_or("    ").to_owned();
    let last = array.len().checked_sub(1);
    if !array.trailing_comma()
        && let Some(last) = last.and_then(|at| array.get_mut(at))
    {
        after.insert_str(0, &raw(last.decor().suffix()));
        last.decor_mut().set_suffix("");
    }
    *value.decor_mut() = toml_edit::Decor::new(format!("{}\n{indent}", after.trim_end()), "");
    array.push_formatted(value);
    array.set_trailing_comma(true);
    array.set_trailing("\n");
}

/// Removes the entries that are meant; a comment above one goes to the next.
pub(crate) fn remove(array: &mut Array, mut is_meant: impl FnMut(&Value) -> bool) {
    loop {
        let at = array.iter().position(&mut is_meant);
        let Some(at) = at else { return };
        let gone = array.remove(at);
        let above = gone.decor().prefix().and_then(|raw| raw.as_str());
        let above = above.unwrap_or_default().to_owned();
        if !above.contains('#') && at > 0 {
            continue;
        }
        match array.get_mut(at) {
            Some(next) if above.contains('#') => {
                let own = next.decor().prefix().and_then(|raw| raw.as_str());
                let joined = format!("{}{}", above.trim_end(), own.unwrap_or_default());
                next.decor_mut().set_prefix(joined);
            }
            Some(next) if !above.contains('\n') => next.decor_mut().set_prefix(above),
            Some(_) => {}
            None => {
                let own = array.trailing().as_str().unwrap_or_default().to_owned();
                if above.contains('#') {
                    array.set_trailing(format!("{}{own}", above.trim_end()));
                } else if !own.contains('\n') {
                    array.set_trailing("");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, add: &[&str], gone: &[&str], expected: &str) {
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let edit = Edit {
            list: Edit::FEATURES,
            add: &words(add),
            remove: &words(gone),
        };
        let edited = Edit::apply(&[edit], text.as_bytes(), "protosmith.toml").expect("edited");
        assert_eq!(String::from_utf8_lossy(&edited), expected);
    }

    #[test]
    fn lines_and_comments_stay() {
        check(
            "# top\n[features]\nlist = [\n    \"a\", # one\n    # two\n    \"b\",\n]\n# end\n",
            &["c", "a"],
            &["b"],
            "# top\n[features]\nlist = [\n    \"a\", # one\n    # two\n    \"c\",\n]\n# end\n",
        );
        check(
            "[features]\nlist = [\"a\"]\n",
            &["b"],
            &[],
            "[features]\nlist = [\"a\", \"b\"]\n",
        );
        check(
            "[features]\nlist = [\"a\", \"b\"]\n",
            &[],
            &["a"],
            "[features]\nlist = [\"b\"]\n",
        );
        check(
            "[features]\nlist = []\n",
            &["a"],
            &[],
            "[features]\nlist = [\"a\"]\n",
        );
        check(
            "[features]\nlist = [\n]\n",
            &["a"],
            &[],
            "[features]\nlist = [\n    \"a\",\n]\n",
        );
        check("", &["a"], &[], "[features]\nlist = [\"a\"]\n");
        check("", &[], &["a"], "");
    }

    #[test]
    fn line_ends_and_marks_stay() {
        check(
            "\u{feff}[features]\r\nlist = [\r\n  \"a\",\r\n]\r\n",
            &["b"],
            &[],
            "\u{feff}[features]\r\nlist = [\r\n  \"a\",\r\n  \"b\",\r\n]\r\n",
        );
    }

    #[test]
    fn adding_and_removing_again_changes_nothing() {
        let text = "[features]\nlist = [\n    \"a\",\n    \"b\",\n]\n";
        check(text, &["c"], &["c"], text);
        check(
            "[features]\nlist = [\"a\"]\n",
            &["c"],
            &["c"],
            "[features]\nlist = [\"a\"]\n",
        );
    }
}
