//! Settings as they were written: values with the place of each.
//!
//! In: the text of a YAML file, then variables of the environment. Out: one JSON value, and for any
//! path in it where it was written. Knows no settings.

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

mod read;

/// One value, and where it stands.
#[derive(Debug)]
pub(super) struct Tree {
    /// Where its key stands; for an item of a list, where it begins.
    key_place: Place,
    place: Place,
    node: Node,
}

/// Where something was written.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Line and column of the file, from 1.
    File(u64, u64),
    /// A variable of that name.
    Variable(String),
}

#[derive(Debug)]
enum Node {
    Leaf(Value),
    /// Each with its position in the file: faulty ones are taken out.
    List(Vec<(usize, Tree)>),
    Section(Vec<(String, Tree)>),
}

/// What was taken out of a tree.
#[derive(Debug)]
pub(super) struct Taken {
    /// Its path as it was written, such as `policy[0].timeout`.
    pub(super) path: String,
    pub(super) key_place: Place,
    pub(super) place: Place,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new(Place::File(1, 1), Node::Section(Vec::new()))
    }
}

impl Tree {
    fn new(place: Place, node: Node) -> Self {
        Self {
            key_place: place.clone(),
            place,
            node,
        }
    }

    /// Puts `value` at the end of `keys`, as `variable` wants it.
    pub(super) fn set(&mut self, keys: &[&str], value: Value, variable: &str) {
        let place = || Place::Variable(variable.to_owned());
        let Some((key, rest)) = keys.split_first() else {
            *self = Self::new(place(), Node::Leaf(value));
            return;
        };
        if !matches!(self.node, Node::Section(_)) {
            // What stands there is wrong, or nothing; the variable wins.
            *self = Self::new(place(), Node::Section(Vec::new()));
        }
        let Node::Section(entries) = &mut self.node else {
            return;
        };
        let index = entries.iter().position(|(name, _)| name == key);
        let index = index.unwrap_or_else(|| {
            let empty = Self::new(place(), Node::Section(Vec::new()));
            entries.push(((*key).to_owned(), empty));
            entries.len() - 1
        });
        entries[index].1.set(rest, value, variable);
    }

    /// Takes out what stands where `defaults` have a section and is none, and tells its place.
    ///
    /// A section without anything is none either, but no fault: its last key was commented out.
    pub(super) fn take_shapeless(&mut self, defaults: &Value) -> Vec<Taken> {
        let mut taken = Vec::new();
        self.take_shapeless_from(defaults, "", &mut taken);
        taken
    }

    fn take_shapeless_from(&mut self, defaults: &Value, path: &str, taken: &mut Vec<Taken>) {
        let (Node::Section(entries), Value::Object(defaults)) = (&mut self.node, defaults) else {
            return;
        };
        entries.retain_mut(|(key, tree)| {
            let Some(default @ Value::Object(_)) = defaults.get(key) else {
                return true;
            };
            let path = join(path, key);
            match tree.node {
                Node::Section(_) => {
                    tree.take_shapeless_from(default, &path, taken);
                    true
                }
                Node::Leaf(Value::Null) => false,
                _ => {
                    taken.push(Taken {
                        path,
                        key_place: tree.key_place.clone(),
                        place: tree.place.clone(),
                    });
                    false
                }
            }
        });
    }

    /// True if it has keys, or could have.
    pub(super) fn is_section(&self) -> bool {
        matches!(self.node, Node::Section(_))
    }

    /// All of it, without the places.
    pub(super) fn value(&self) -> Value {
        match &self.node {
            Node::Leaf(value) => value.clone(),
            Node::List(items) => items.iter().map(|(_, item)| item.value()).collect(),
            Node::Section(entries) => {
                let value = |(key, tree): &(String, Self)| (key.clone(), tree.value());
                Value::Object(entries.iter().map(value).collect())
            }
        }
    }

    /// Where the value of a key such as `server.port` was written; none if it was not.
    pub(super) fn find(&self, key: &str) -> Option<&Place> {
        let mut tree = self;
        for name in key.split('.') {
            let Node::Section(entries) = &tree.node else {
                return None;
            };
            tree = &entries.iter().find(|(key, _)| key == name)?.1;
        }
        Some(&tree.place)
    }

    /// Takes out what `path` leads to, or the last thing on its way; none if that is the whole.
    pub(super) fn take(&mut self, path: &Path) -> Option<Taken> {
        let segments: Vec<&Segment> = path.iter().collect();
        self.take_from(&segments, String::new())
    }

    fn take_from(&mut self, segments: &[&Segment], path: String) -> Option<Taken> {
        let (segment, rest) = segments.split_first()?;
        let (index, path) = match (&self.node, segment) {
            (Node::Section(entries), Segment::Map { key }) => {
                let index = entries.iter().position(|(name, _)| name == key)?;
                (index, join(&path, key))
            }
            (Node::List(items), Segment::Seq { index }) => {
                (*index, format!("{path}[{}]", items.get(*index)?.0))
            }
            _ => return None,
        };
        let child = match &mut self.node {
            Node::Section(entries) => &mut entries[index].1,
            Node::List(items) => &mut items[index].1,
            Node::Leaf(_) => return None,
        };
        if let Some(taken) = child.take_from(rest, path.clone()) {
            return Some(taken);
        }
        let child = match &mut self.node {
            Node::Section(entries) => entries.remove(index).1,
            Node::List(items) => items.remove(index).1,
            Node::Leaf(_) => return None,
        };
        Some(Taken {
            path,
            key_place: child.key_place,
            place: child.place,
        })
    }
}

impl Place {
    /// Sorts by place: the file before the environment.
    pub(super) fn order(&self) -> (u64, u64) {
        match self {
            Self::File(line, column) => (*line, *column),
            Self::Variable(_) => (u64::MAX, 0),
        }
    }

    /// The place in words; `file` is what was read.
    pub(super) fn text(&self, file: &str) -> String {
        match self {
            Self::File(line, column) => format!("{file}:{line}:{column}"),
            Self::Variable(name) => name.clone(),
        }
    }
}

/// The path of `key` in the section at `path`, which is empty for the whole.
pub(crate) fn join(path: &str, key: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{key}")
}
