//! The schema of the settings, by which editors complete and check them: `config/schema.json`.
//!
//! Made of the types when tests run, and compared with the file; the server itself has no need of it.
//! `UPDATE_SCHEMA=1 cargo test schema` writes the file.

use std::borrow::Cow;
use std::path::Path;
use std::{env, fs};

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::units::{BytesText, DurationText, SizeText, SomeDurationText};
use super::{Config, Rate};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/schema.json");

/// A text of this form in place of a type.
macro_rules! text {
    ($($type:ty: $pattern:literal,)*) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )*};
}

text! {
    DurationText: "^[0-9]+ *(ms|s|m|h|d)$",
    SizeText: "^[0-9]+ *(B|KiB|MiB|GiB)$",
    BytesText: "^[0-9]+ *(B|KiB|MiB|GiB)$",
    Rate: "^[0-9]*[1-9][0-9]* */ *(s|m|h|d)$",
}

impl JsonSchema for SomeDurationText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SomeDurationText".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<DurationText>::json_schema(generator)
    }
}

/// The schema of all settings, as most editors know it: a draft that is not the newest, in one piece.
fn schema() -> Value {
    let mut schema = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Config>();
    RecursiveTransform(plain).transform(&mut schema);
    schema.into()
}

/// Takes out what tells an editor nothing.
fn plain(schema: &mut Schema) {
    // Widths of Rust's integers: the bounds are there besides.
    schema.remove("format");
    // Those of sections, which have them key by key.
    if schema.get("default").is_some_and(Value::is_object) && schema.get("properties").is_some() {
        schema.remove("default");
    }
    // Lines of the source are none of the meaning; paragraphs are.
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let paragraphs = text.split("\n\n").map(|text| text.replace('\n', " "));
        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
    }
}

#[test]
fn the_file_for_editors_is_that_of_the_types() {
    let schema = schema();
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(FILE, format!("{schema:#}\n")).unwrap();
    }
    let written = fs::read_to_string(Path::new(FILE)).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    assert!(
        written == schema,
        "config/schema.json is not that of the types: `UPDATE_SCHEMA=1 cargo test schema` writes it"
    );
}

#[test]
fn every_key_has_a_meaning_and_no_other_is_known() {
    fn check(schema: &Value, path: &str) {
        let Some(properties) = schema["properties"].as_object() else {
            return;
        };
        assert_eq!(schema["additionalProperties"], false, "{path}");
        for (key, property) in properties {
            let path = format!("{path}.{key}");
            assert!(property["description"].is_string(), "{path}");
            check(property, &path);
        }
    }
    check(&schema(), "");
}
