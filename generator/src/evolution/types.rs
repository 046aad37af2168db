//! The type of a field, before and after.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind};

use super::Breaks;

/// What is to be of one type: the fields, or key and value of two maps.
pub(super) fn pairs(
    before: &FieldDescriptor,
    after: &FieldDescriptor,
) -> Vec<(&'static str, FieldDescriptor, FieldDescriptor)> {
    match (before.kind(), after.kind()) {
        (Kind::Message(was), Kind::Message(is)) if before.is_map() && after.is_map() => vec![
            (
                "the key of ",
                was.map_entry_key_field(),
                is.map_entry_key_field(),
            ),
            (
                "the value of ",
                was.map_entry_value_field(),
                is.map_entry_value_field(),
            ),
        ],
        _ => vec![("", before.clone(), after.clone())],
    }
}

/// As a proto has it.
pub(super) fn name(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(_) if field.is_map() => "map".to_owned(),
        Kind::Message(message) if field.is_group() => format!("group {}", message.full_name()),
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(of) => of.full_name().to_owned(),
        other => format!("{other:?}"),
    }
}

/// Who notices that the type is another.
pub(super) fn breaks(before: &FieldDescriptor, after: &FieldDescriptor) -> Breaks {
    let (was, is) = (before.kind(), after.kind());
    if let (Kind::Enum(was), Kind::Enum(is)) = (&was, &is) {
        return if is_extended(was, is) {
            Breaks::Code
        } else {
            Breaks::Wire
        };
    }
    if before.is_group() != after.is_group() {
        return Breaks::Wire;
    }
    if matches!((&was, &is), (Kind::String, Kind::Bytes)) {
        return Breaks::Json;
    }
    match (group(&was), group(&is)) {
        (Some((wire, json)), Some((wire_now, json_now))) if wire == wire_now => {
            if json == json_now {
                Breaks::Code
            } else {
                Breaks::Json
            }
        }
        _ => Breaks::Wire,
    }
}

/// Whether an enum of another package has the name and all values of this one.
fn is_extended(was: &EnumDescriptor, is: &EnumDescriptor) -> bool {
    let has = |number: i32, name: &str| {
        is.values()
            .any(|value| value.number() == number && value.name() == name)
    };
    was.name() == is.name() && was.values().all(|value| has(value.number(), value.name()))
}

/// Types that are encoded alike, and among them those that are written alike in JSON.
fn group(kind: &Kind) -> Option<(u8, u8)> {
    Some(match kind {
        Kind::Int32 | Kind::Uint32 => (1, 1),
        Kind::Int64 | Kind::Uint64 => (1, 2),
        Kind::Bool => (1, 3),
        Kind::Sint32 => (2, 1),
        Kind::Sint64 => (2, 2),
        Kind::Fixed32 | Kind::Sfixed32 => (3, 1),
        Kind::Fixed64 | Kind::Sfixed64 => (4, 1),
        Kind::Double
        | Kind::Float
        | Kind::String
        | Kind::Bytes
        | Kind::Message(_)
        | Kind::Enum(_) => return None,
    })
}
