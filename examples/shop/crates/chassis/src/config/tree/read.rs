//! How YAML becomes a tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::{Location, Spanned};

use super::{Node, Place, Tree};

impl Tree {
    /// Reads YAML. Fails for what is none, and for a key that is there twice.
    pub(in crate::config) fn read(text: &str) -> Result<Self, serde_saphyr::Error> {
        // As in YAML 1.2: `off` is a word and no boolean.
        let options = serde_saphyr::options! { strict_booleans: true };
        let root: Option<Self> = serde_saphyr::from_str_with_options(text, options)?;
        Ok(root.unwrap_or_default())
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self::File(location.line(), location.column())
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Spanned::<Node>::deserialize(deserializer)?;
        Ok(Self::new(node.referenced.into(), node.value))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of YAML")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // JSON has no infinity; as a text it is of the wrong type, and named in the error.
        let number = Number::from_f64(value).map(Value::Number);
        Ok(Node::Leaf(
            number.unwrap_or_else(|| value.to_string().into()),
        ))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push((items.len(), item));
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, mut tree)) = map.next_entry::<Spanned<String>, Tree>()? {
            tree.key_place = key.referenced.into();
            entries.push((key.value, tree));
        }
        Ok(Node::Section(entries))
    }
}
