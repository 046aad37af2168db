//! One enum, before and after.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{EnumDescriptor, Syntax};

use super::messages::{names, numbers};
use super::{Breaks, ChangeKind, Changes, Subject};

pub(super) fn pair(changes: &mut Changes<'_>, before: &EnumDescriptor, after: &EnumDescriptor) {
    let file = after.parent_file();
    let name = after.full_name();
    let subject = Subject {
        what: "enum",
        name,
        file: file.name(),
        path: after.path(),
    };
    let (was, is) = (by_number(before), by_number(after));
    for (number, old) in &was {
        match is.get(number) {
            None => removed(changes, subject, *number, old, after),
            Some(new) if !old.is_subset(new) => {
                let text = format!(
                    "the value {number} of `{name}` is {}, it was {}",
                    listed(new),
                    listed(old)
                );
                let path = after
                    .get_value(*number)
                    .map(|value| value.path().to_vec())
                    .unwrap_or_default();
                let subject = Subject {
                    what: "value",
                    path: &path,
                    ..subject
                };
                changes.breaking(subject, "ENUM_VALUE_SAME_NAME", Breaks::Json, text);
            }
            Some(_) => {}
        }
    }
    for value in after
        .values()
        .filter(|value| !was.contains_key(&value.number()))
    {
        let subject = Subject {
            what: "value",
            name: value.full_name(),
            file: file.name(),
            path: value.path(),
        };
        let text = format!(
            "the value {} `{}` of `{name}` is new",
            value.number(),
            value.name()
        );
        changes.harmless(subject, ChangeKind::Added, text);
    }
    let of = |of: &EnumDescriptor| {
        let ranges = of.reserved_ranges();
        ranges
            .map(|range| i64::from(*range.start())..i64::from(*range.end()) + 1)
            .collect::<Vec<_>>()
    };
    numbers(
        changes,
        subject,
        "reserved",
        "RESERVED_ENUM_NO_DELETE",
        Breaks::Wire,
        &of(before),
        &of(after),
    );
    names(
        changes,
        subject,
        "RESERVED_ENUM_NO_DELETE",
        before.reserved_names(),
        |name| after.reserved_names().any(|reserved| reserved == name),
    );
    let (was, is) = (before.parent_file().syntax(), after.parent_file().syntax());
    if was != is {
        let form = |syntax: Syntax| {
            if syntax == Syntax::Proto2 {
                "closed"
            } else {
                "open"
            }
        };
        let text = format!(
            "`{name}` is {}, it was {}: unknown values are kept otherwise",
            form(is),
            form(was)
        );
        changes.breaking(subject, "ENUM_SAME_TYPE", Breaks::Code, text);
        if was == Syntax::Proto3 {
            let text = format!("the JSON of `{name}` is not checked any more, as proto2 has it");
            changes.breaking(subject, "ENUM_SAME_JSON_FORMAT", Breaks::Json, text);
        }
    }
}

/// A number that no value has any more.
fn removed(
    changes: &mut Changes<'_>,
    subject: Subject<'_>,
    number: i32,
    old: &BTreeSet<String>,
    after: &EnumDescriptor,
) {
    let is_number_reserved = after.reserved_ranges().any(|range| range.contains(&number));
    let is_reserved = |name: &String| after.reserved_names().any(|reserved| reserved == name);
    let breaks = match (is_number_reserved, old.iter().all(is_reserved)) {
        (false, _) => Breaks::Wire,
        (true, false) => Breaks::Json,
        (true, true) => Breaks::Code,
    };
    let now = old.iter().find_map(|name| after.get_value_by_name(name));
    let (kind, text) = match now {
        Some(now) => (
            ChangeKind::Changed,
            format!(
                "the value `{}` of `{}` has the number {}, it had {number}",
                now.name(),
                subject.name,
                now.number()
            ),
        ),
        None => (
            ChangeKind::Removed,
            format!(
                "the value {number} {} of `{}` is gone",
                listed(old),
                subject.name
            ),
        ),
    };
    let value = Subject {
        what: "value",
        ..subject
    };
    changes.push(value, kind, Some("ENUM_VALUE_NO_DELETE"), breaks, text);
}

/// Several names may share a number.
fn by_number(of: &EnumDescriptor) -> BTreeMap<i32, BTreeSet<String>> {
    let mut found: BTreeMap<i32, BTreeSet<String>> = BTreeMap::new();
    for value in of.values() {
        found
            .entry(value.number())
            .or_default()
            .insert(value.name().to_owned());
    }
    found
}

fn listed(names: &BTreeSet<String>) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
