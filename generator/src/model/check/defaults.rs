//! Default values that have no name in Rust.

use prost_reflect::DescriptorPool;

use super::super::places;
use super::{Thing, Told};
use crate::error::Problem;

/// Checks the default values of enum fields: of several values with one number, prost knows only
/// the first, and a default is written with the name that it has.
pub(super) fn check(thing: &Thing<'_>, pool: &DescriptorPool, told: &mut Told<'_>) {
    let Thing::Message {
        descriptor, path, ..
    } = thing
    else {
        return;
    };
    for (n, field) in descriptor.field.iter().enumerate() {
        let Some(default) = &field.default_value else {
            continue;
        };
        let Some(of) = pool.get_enum_by_name(field.type_name().trim_start_matches('.')) else {
            continue;
        };
        let values = &of.enum_descriptor_proto().value;
        let Some(number) = values
            .iter()
            .find(|value| value.name() == default)
            .map(|value| value.number())
        else {
            continue;
        };
        let Some(known) = values
            .iter()
            .find(|value| value.number() == number)
            .map(|value| value.name())
        else {
            continue;
        };
        if known == default {
            continue;
        }
        let message = format!(
            "the default value `{default}` is another name of `{known}`, which alone has a name in Rust"
        );
        let path = [path.as_slice(), &[places::FIELDS, places::index(n)]].concat();
        told.add(
            Problem::new(message).hint(format!("write `default = {known}`")),
            &path,
        );
    }
}
