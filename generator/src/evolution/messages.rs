//! One message, before and after.

use std::ops::Range;

use prost_reflect::{FieldDescriptor, MessageDescriptor, Syntax};

use super::{Breaks, ChangeKind, Changes, Subject, fields};

pub(super) fn pair(
    changes: &mut Changes<'_>,
    before: &MessageDescriptor,
    after: &MessageDescriptor,
) {
    let file = after.parent_file();
    let subject = Subject {
        what: "message",
        name: after.full_name(),
        file: file.name(),
        path: after.path(),
    };
    for old in before.fields() {
        match after.get_field(old.number()) {
            Some(new) => fields::pair(changes, file.name(), &old, &new),
            None => removed(changes, subject, &old, after),
        }
    }
    for new in after
        .fields()
        .filter(|new| before.get_field(new.number()).is_none())
    {
        let (name, number) = (new.full_name(), new.number());
        let subject = Subject {
            what: "field",
            name,
            file: file.name(),
            path: new.path(),
        };
        // Told with the one that is gone.
        let is_renumbered = before
            .get_field_by_name(new.name())
            .is_some_and(|old| after.get_field(old.number()).is_none());
        if !is_renumbered {
            changes.harmless(
                subject,
                ChangeKind::Added,
                format!("the field {number} `{name}` is new"),
            );
        }
        if new.is_required() {
            let message =
                format!("the required field {number} `{name}` is new: nobody sends it yet");
            changes.breaking(
                subject,
                "MESSAGE_SAME_REQUIRED_FIELDS",
                Breaks::Wire,
                message,
            );
        }
    }
    for old in before.oneofs().filter(|old| !old.is_synthetic()) {
        if after.oneofs().all(|new| new.name() != old.name()) {
            let subject = Subject {
                what: "oneof",
                name: old.full_name(),
                ..subject
            };
            let message = format!("the oneof `{}` is gone", old.full_name());
            changes.push(
                subject,
                ChangeKind::Removed,
                Some("ONEOF_NO_DELETE"),
                Breaks::Code,
                message,
            );
        }
    }
    reserved(changes, subject, before, after);
    options(changes, subject, before, after);
}

/// A field whose number no field has any more.
fn removed(
    changes: &mut Changes<'_>,
    message: Subject<'_>,
    old: &FieldDescriptor,
    after: &MessageDescriptor,
) {
    let (name, number) = (old.full_name(), old.number());
    let is_number_reserved = after.reserved_ranges().any(|range| range.contains(&number));
    let is_name_reserved = after
        .reserved_names()
        .any(|reserved| reserved == old.name());
    let breaks = match (is_number_reserved, is_name_reserved) {
        (false, _) => Breaks::Wire,
        (true, false) => Breaks::Json,
        (true, true) => Breaks::Code,
    };
    let now = after.get_field_by_name(old.name());
    let (kind, text) = match &now {
        Some(now) => (
            ChangeKind::Changed,
            format!(
                "the field `{name}` has the number {}, it had {number}",
                now.number()
            ),
        ),
        None if !is_number_reserved => (
            ChangeKind::Removed,
            format!(
                "the field {number} `{name}` is gone, and its number is free to be used otherwise (write `reserved {number};`)"
            ),
        ),
        None => (
            ChangeKind::Removed,
            format!("the field {number} `{name}` is gone"),
        ),
    };
    let path = now.as_ref().map_or(message.path, |now| now.path());
    let subject = Subject {
        what: "field",
        name,
        path,
        ..message
    };
    changes.push(subject, kind, Some("FIELD_NO_DELETE"), breaks, text);
    if old.is_required() {
        let text = format!(
            "the required field {number} `{name}` is gone: whoever was built before refuses messages without it"
        );
        changes.breaking(subject, "MESSAGE_SAME_REQUIRED_FIELDS", Breaks::Wire, text);
    }
}

/// Numbers and names that nobody was to use again.
fn reserved(
    changes: &mut Changes<'_>,
    subject: Subject<'_>,
    before: &MessageDescriptor,
    after: &MessageDescriptor,
) {
    let wide = |range: Range<u32>| i64::from(range.start)..i64::from(range.end);
    let of = |message: &MessageDescriptor| message.reserved_ranges().map(wide).collect::<Vec<_>>();
    numbers(
        changes,
        subject,
        "reserved",
        "RESERVED_MESSAGE_NO_DELETE",
        Breaks::Wire,
        &of(before),
        &of(after),
    );
    let of = |message: &MessageDescriptor| message.extension_ranges().map(wide).collect::<Vec<_>>();
    numbers(
        changes,
        subject,
        "for extensions",
        "EXTENSION_MESSAGE_NO_DELETE",
        Breaks::Code,
        &of(before),
        &of(after),
    );
    names(
        changes,
        subject,
        "RESERVED_MESSAGE_NO_DELETE",
        before.reserved_names(),
        |name| after.reserved_names().any(|reserved| reserved == name),
    );
}

/// Ranges of numbers of which some are not in any range now.
pub(super) fn numbers(
    changes: &mut Changes<'_>,
    subject: Subject<'_>,
    what: &str,
    rule: &'static str,
    breaks: Breaks,
    before: &[Range<i64>],
    after: &[Range<i64>],
) {
    let mut after = after.to_vec();
    after.sort_by_key(|range| range.start);
    let is_covered = |range: &Range<i64>| {
        let mut next = range.start;
        for other in &after {
            if other.start <= next && other.end > next {
                next = other.end;
            }
        }
        next >= range.end
    };
    for range in before.iter().filter(|range| !is_covered(range)) {
        let last = range.end - 1;
        let shown = match range.start == last {
            true => last.to_string(),
            false => format!("{} to {last}", range.start),
        };
        let message = format!("{shown} in `{}` is not {what} any more", subject.name);
        changes.breaking(subject, rule, breaks, message);
    }
}

/// Reserved names that are not.
pub(super) fn names<'a>(
    changes: &mut Changes<'_>,
    subject: Subject<'_>,
    rule: &'static str,
    before: impl Iterator<Item = &'a str>,
    is_reserved: impl Fn(&str) -> bool,
) {
    for name in before.filter(|name| !is_reserved(name)) {
        let message = format!(
            "the name `{name}` in `{}` is not reserved any more",
            subject.name
        );
        changes.breaking(subject, rule, Breaks::Wire, message);
    }
}

fn options(
    changes: &mut Changes<'_>,
    subject: Subject<'_>,
    before: &MessageDescriptor,
    after: &MessageDescriptor,
) {
    let of = |message: &MessageDescriptor| {
        let options = message.descriptor_proto().options.as_ref();
        options.is_some_and(|options| options.no_standard_descriptor_accessor())
    };
    if !of(before) && of(after) {
        let message = format!(
            "`{}` has the option `no_standard_descriptor_accessor` now",
            after.full_name()
        );
        changes.breaking(
            subject,
            "MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR",
            Breaks::Code,
            message,
        );
    }
    if before.parent_file().syntax() == Syntax::Proto3
        && after.parent_file().syntax() == Syntax::Proto2
    {
        let message = format!(
            "the JSON of `{}` is not checked any more, as proto2 has it",
            after.full_name()
        );
        changes.breaking(subject, "MESSAGE_SAME_JSON_FORMAT", Breaks::Json, message);
    }
}
