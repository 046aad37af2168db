//! One field, before and after: two fields of one number.

use prost_reflect::{FieldDescriptor, Kind, Syntax};
use prost_types::FieldOptions;
use prost_types::field_options::CType;

use super::{Breaks, Changes, Subject, types};

pub(super) fn pair(
    changes: &mut Changes<'_>,
    file: &str,
    before: &FieldDescriptor,
    after: &FieldDescriptor,
) {
    let subject = Subject {
        what: "field",
        name: after.full_name(),
        file,
        path: after.path(),
    };
    let number = after.number();
    let field = format!("the field {number} `{}`", after.full_name());
    let mut differs = |rule, breaks, text: String| changes.breaking(subject, rule, breaks, text);

    if before.name() != after.name() {
        let text = format!("{field} was called `{}`", before.name());
        differs("FIELD_SAME_NAME", Breaks::Json, text);
    }
    if before.json_name() != after.json_name() {
        let text = format!(
            "{field} is `{}` in JSON, it was `{}`",
            after.json_name(),
            before.json_name()
        );
        differs("FIELD_SAME_JSON_NAME", Breaks::Json, text);
    }
    for (what, before, after) in types::pairs(before, after) {
        let (was, is) = (types::name(&before), types::name(&after));
        if was != is {
            let text = format!("{what}{field} is `{is}`, it was `{was}`");
            differs("FIELD_SAME_TYPE", types::breaks(&before, &after), text);
        }
    }
    let (was, is) = (Cardinality::of(before), Cardinality::of(after));
    if was != is {
        let text = format!("{field} is {}, it was {}", is.name(), was.name());
        differs("FIELD_SAME_CARDINALITY", was.breaks(is), text);
    }
    if was != is && (was == Cardinality::Required || is == Cardinality::Required) {
        let text = format!(
            "{field} is {}, it was {}: one side refuses messages without it",
            is.name(),
            was.name()
        );
        differs("MESSAGE_SAME_REQUIRED_FIELDS", Breaks::Wire, text);
    }
    let (was, is) = (oneof(before), oneof(after));
    if was != is {
        let shown = |oneof: &Option<String>| match oneof {
            Some(name) => format!("in the oneof `{name}`"),
            None => "in no oneof".to_owned(),
        };
        differs(
            "FIELD_SAME_ONEOF",
            Breaks::Wire,
            format!("{field} is {}, it was {}", shown(&is), shown(&was)),
        );
    }
    if has_default(before, after) && before.default_value() != after.default_value() {
        let text = format!(
            "{field} has the default `{}`, it had `{}`",
            after.default_value(),
            before.default_value()
        );
        differs("FIELD_SAME_DEFAULT", Breaks::Wire, text);
    }
    of_other_languages(before, after, &field, &mut differs);
}

/// What matters to strings and to other languages alone.
fn of_other_languages(
    before: &FieldDescriptor,
    after: &FieldDescriptor,
    field: &str,
    differs: &mut impl FnMut(&'static str, Breaks, String),
) {
    let both = |is: fn(&Kind) -> bool| is(&before.kind()) && is(&after.kind());
    let options = |field: &FieldDescriptor| {
        field
            .field_descriptor_proto()
            .options
            .clone()
            .unwrap_or_default()
    };
    let (was, is) = (options(before), options(after));
    if both(|kind| matches!(kind, Kind::String | Kind::Bytes)) {
        let (was, is) = (was.ctype(), is.ctype());
        let is_free = was == CType::StringPiece && is == CType::String;
        if was != is && !is_free {
            let text = format!(
                "{field} is a `{}` in C++, it was a `{}`",
                is.as_str_name(),
                was.as_str_name()
            );
            differs("FIELD_SAME_CPP_STRING_TYPE", Breaks::Code, text);
        }
    }
    if both(|kind| {
        matches!(
            kind,
            Kind::Int64 | Kind::Sint64 | Kind::Uint64 | Kind::Fixed64 | Kind::Sfixed64
        )
    }) {
        let js_type = |options: &FieldOptions| options.jstype().as_str_name();
        if js_type(&was) != js_type(&is) {
            let text = format!(
                "{field} is a `{}` in JavaScript, it was a `{}`",
                js_type(&is),
                js_type(&was)
            );
            differs("FIELD_SAME_JSTYPE", Breaks::Code, text);
        }
    }
    if both(|kind| matches!(kind, Kind::String)) {
        let checked = |field: &FieldDescriptor| field.parent_file().syntax() == Syntax::Proto3;
        let checked_in_java = |field: &FieldDescriptor| {
            let file = field.parent_file();
            let options = file.file_descriptor_proto().options.as_ref();
            checked(field) || options.is_some_and(|options| options.java_string_check_utf8())
        };
        let now = |is: bool| {
            if is {
                "is checked to be UTF-8 now"
            } else {
                "is not checked to be UTF-8 any more"
            }
        };
        if checked(before) != checked(after) {
            differs(
                "FIELD_SAME_UTF8_VALIDATION",
                Breaks::Code,
                format!("{field} {}", now(checked(after))),
            );
        }
        if checked_in_java(before) != checked_in_java(after) {
            let text = format!("{field} {} by Java", now(checked_in_java(after)));
            differs("FIELD_SAME_JAVA_UTF8_VALIDATION", Breaks::Code, text);
        }
    }
}

/// How often a field is in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cardinality {
    Explicit,
    Implicit,
    Required,
    Repeated,
    Map,
}

impl Cardinality {
    fn of(field: &FieldDescriptor) -> Self {
        if field.is_map() {
            Self::Map
        } else if field.is_list() {
            Self::Repeated
        } else if field.is_required() {
            Self::Required
        } else if field.supports_presence() {
            Self::Explicit
        } else {
            Self::Implicit
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Explicit => "optional, with presence",
            Self::Implicit => "singular, without presence",
            Self::Required => "required",
            Self::Repeated => "repeated",
            Self::Map => "a map",
        }
    }

    /// Who notices that it is the other one now.
    fn breaks(self, now: Self) -> Breaks {
        use Cardinality::{Explicit, Implicit, Map, Repeated};
        match (self, now) {
            (Explicit | Implicit, Explicit | Implicit) => Breaks::Code,
            (Map, Repeated) | (Repeated, Map) => Breaks::Json,
            _ => Breaks::Wire,
        }
    }
}

/// The oneof that the user wrote.
fn oneof(field: &FieldDescriptor) -> Option<String> {
    let oneof = field
        .containing_oneof()
        .filter(|oneof| !oneof.is_synthetic());
    oneof.map(|oneof| oneof.name().to_owned())
}

/// Whether the fields are alike and one of them is written with a default value.
fn has_default(before: &FieldDescriptor, after: &FieldDescriptor) -> bool {
    let is_single = |field: &FieldDescriptor| !field.is_list() && !field.is_map();
    let is_written =
        |field: &FieldDescriptor| field.field_descriptor_proto().default_value.is_some();
    is_single(before)
        && is_single(after)
        && before.kind() == after.kind()
        && (is_written(before) || is_written(after))
}
