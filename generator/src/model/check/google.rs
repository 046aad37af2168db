//! The package of the well-known types, which are not generated but taken from `prost-types`.

use prost_types::FileDescriptorProto;

use super::super::places;
use super::{Thing, Told, visit};
use crate::error::Problem;

/// What the package of the well-known types is called.
const PACKAGE: &str = "google.protobuf";

/// What `prost-types` does not have, with all that is nested in it. It is about compilers only.
const MISSING: [&str; 9] = [
    "Edition",
    "ExtensionRangeOptions.Declaration",
    "ExtensionRangeOptions.VerificationState",
    "FeatureSet",
    "FeatureSetDefaults",
    "FieldOptions.EditionDefault",
    "FieldOptions.OptionRetention",
    "FieldOptions.OptionTargetType",
    "GeneratedCodeInfo.Annotation.Semantic",
];

/// Checks the definitions of a file, and what it refers to.
pub(super) fn check(file: &FileDescriptorProto, told: &mut Told<'_>) {
    let inside = file
        .package()
        .strip_prefix(PACKAGE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if inside && !(file.message_type.is_empty() && file.enum_type.is_empty()) {
        let message = format!(
            "the file defines types in the package `{PACKAGE}`, whose types come from the crate `prost-types` and are not generated"
        );
        // The line of the package.
        told.add(
            Problem::new(message).hint("give it a package of its own"),
            &[2],
        );
        return;
    }
    let mut references = Vec::new();
    visit(file, &mut |thing| {
        let Thing::Message {
            descriptor, path, ..
        } = thing
        else {
            return;
        };
        for (n, field) in descriptor.field.iter().enumerate() {
            references.push((
                field.type_name(),
                [path.as_slice(), &[places::FIELDS, places::index(n)]].concat(),
            ));
        }
    });
    for (n, service) in file.service.iter().enumerate() {
        for (m, method) in service.method.iter().enumerate() {
            let path = vec![
                places::SERVICES,
                places::index(n),
                places::METHODS,
                places::index(m),
            ];
            references.push((method.input_type(), path.clone()));
            references.push((method.output_type(), path));
        }
    }
    for (name, path) in references {
        if missing(name) {
            let message = format!(
                "`{}` is not in the crate `prost-types`, where its package comes from",
                name.trim_start_matches('.')
            );
            told.add(
                Problem::new(message)
                    .hint("remove it, or put a copy of the type into a package of your own"),
                &path,
            );
        }
    }
}

/// Whether `prost-types` lacks this type.
fn missing(name: &str) -> bool {
    let Some(name) = name.strip_prefix(".google.protobuf.") else {
        return false;
    };
    MISSING.iter().any(|missing| {
        name.strip_prefix(missing)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_exists_elsewhere() {
        let pool = prost_reflect::DescriptorPool::global();
        for name in MISSING {
            let name = format!("{PACKAGE}.{name}");
            assert!(
                pool.get_message_by_name(&name).is_some() || pool.get_enum_by_name(&name).is_some(),
                "{name}"
            );
        }
        assert!(missing(".google.protobuf.FeatureSet.EnumType"));
        assert!(!missing(".google.protobuf.FeatureSets"));
        assert!(!missing(".google.protobuf.Timestamp"));
    }
}
