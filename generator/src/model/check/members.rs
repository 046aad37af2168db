//! Fields and enum values that get the same name.

use std::collections::BTreeMap;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

use super::super::places;
use super::scopes::real_oneofs;
use super::{Thing, Told};
use crate::error::Problem;

/// What to do about two names that become one.
const HINT: &str =
    "rename one of them in the proto; binary messages do not contain names, JSON does";

/// Checks the members of a message or an enum.
pub(super) fn check(thing: &Thing<'_>, told: &mut Told<'_>) {
    match thing {
        Thing::Message {
            descriptor, path, ..
        } => {
            fields(descriptor, path, told);
            for (n, _) in real_oneofs(descriptor) {
                variants_of_oneof(descriptor, n, path, told);
            }
        }
        Thing::Enum { descriptor, path } => values(descriptor, path, told),
    }
}

/// The names in one message or enum.
#[derive(Default)]
struct Taken(BTreeMap<String, String>);

impl Taken {
    /// Notes that `this` gets a Rust name, and tells if another has it.
    fn add(&mut self, name: String, this: &str, kind: &str, path: &[i32], told: &mut Told<'_>) {
        match self.0.get(&name) {
            Some(other) if other != this => {
                let message =
                    format!("`{this}` and `{other}` both become the Rust {kind} `{name}`");
                told.add(Problem::new(message).hint(HINT), path);
            }
            _ => {
                self.0.insert(name, this.to_owned());
            }
        }
    }
}

/// The fields of the struct and the functions that prost adds for some.
fn fields(message: &DescriptorProto, path: &[i32], told: &mut Told<'_>) {
    let (mut fields, mut functions) = (Taken::default(), Taken::default());
    for (n, field) in message.field.iter().enumerate() {
        let path = [path, &[places::FIELDS, places::index(n)]].concat();
        if told.nameless("field", field.name(), &path) || in_oneof(field) {
            continue;
        }
        let name = field.name().to_snake_case();
        for function in accessors(message, field, &name) {
            functions.add(function, field.name(), "function", &path, told);
        }
        fields.add(name, field.name(), "field", &path, told);
    }
    for (n, oneof) in real_oneofs(message) {
        let path = [path, &[places::ONEOFS, places::index(n)]].concat();
        fields.add(oneof.to_snake_case(), oneof, "field", &path, told);
    }
}

/// The functions that prost makes for a field of an enum, or for one that may be absent.
fn accessors(message: &DescriptorProto, field: &FieldDescriptorProto, name: &str) -> Vec<String> {
    let is_enum = field.r#type() == Type::Enum;
    let map = message.nested_type.iter().find(|entry| {
        super::is_map_entry(entry) && field.type_name().rsplit('.').next() == Some(entry.name())
    });
    match (field.label(), map) {
        (_, Some(entry)) => {
            let of_enum = entry
                .field
                .iter()
                .any(|value| value.name() == "value" && value.r#type() == Type::Enum);
            if of_enum {
                vec![format!("get_{name}"), format!("insert_{name}")]
            } else {
                Vec::new()
            }
        }
        (Label::Repeated, _) if is_enum => vec![name.to_owned(), format!("push_{name}")],
        (Label::Repeated, _) => Vec::new(),
        (_, _) if is_enum => vec![name.to_owned(), format!("set_{name}")],
        // Not all of these have one; being strict costs nothing, since the fields differ anyway.
        (Label::Optional, _) => vec![name.to_owned()],
        (Label::Required, _) => Vec::new(),
    }
}

/// The variants of the enum that a oneof becomes.
fn variants_of_oneof(message: &DescriptorProto, oneof: usize, path: &[i32], told: &mut Told<'_>) {
    let mut variants = Taken::default();
    for (n, field) in message.field.iter().enumerate() {
        if field.oneof_index == Some(places::index(oneof)) && in_oneof(field) {
            let path = [path, &[places::FIELDS, places::index(n)]].concat();
            variants.add(
                field.name().to_upper_camel_case(),
                field.name(),
                "variant",
                &path,
                told,
            );
        }
    }
}

/// Whether the field is a member of a oneof that is in the file.
fn in_oneof(field: &FieldDescriptorProto) -> bool {
    field.oneof_index.is_some() && !field.proto3_optional()
}

/// The variants of an enum. Of several values with one number, prost takes the first.
fn values(descriptor: &EnumDescriptorProto, path: &[i32], told: &mut Told<'_>) {
    let mut variants = Taken::default();
    let mut numbers = std::collections::BTreeSet::new();
    for (n, value) in descriptor.value.iter().enumerate() {
        let path = [path, &[places::VALUES, places::index(n)]].concat();
        if told.nameless("enum value", value.name(), &path) || !numbers.insert(value.number()) {
            continue;
        }
        variants.add(
            variant(descriptor.name(), value.name()),
            value.name(),
            "variant",
            &path,
            told,
        );
    }
}

/// What prost makes of an enum value: without the name of the enum, if another word follows it.
fn variant(of: &str, value: &str) -> String {
    let (prefix, camel) = (of.to_upper_camel_case(), value.to_upper_camel_case());
    match camel.strip_prefix(&prefix) {
        // Prost looks at the name with the underscore that makes `Self` or `1` a name.
        Some(rest) if rest.starts_with(char::is_uppercase) && prefix != "Self" => rest.to_owned(),
        _ => camel,
    }
}
