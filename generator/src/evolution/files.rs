//! Files as a whole, and what they define.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, FileDescriptor, Syntax};
use prost_types::{FileOptions, file_options::OptimizeMode};

use super::definitions::definitions;
use super::{Breaks, Change, ChangeKind, Changes, Protos, Subject};

pub(super) fn compare(before: &Protos, after: &Protos) -> Vec<Change> {
    let mut changes = Changes {
        after,
        places: BTreeMap::new(),
        found: Vec::new(),
    };
    let names: BTreeSet<_> = before.own.keys().chain(after.own.keys()).collect();
    for name in names {
        let file = |protos: &Protos| {
            let is_own = protos.own.contains_key(name);
            is_own.then(|| protos.pool.get_file_by_name(name)).flatten()
        };
        let was = &before.pool;
        match (file(before), file(after)) {
            (Some(before), Some(after)) => pair(&mut changes, was, &before, &after),
            (Some(before), None) => removed(&mut changes, was, &before),
            (None, Some(after)) => added(&mut changes, was, &after),
            (None, None) => {}
        }
    }
    changes.found
}

/// A file that is in both sets.
fn pair(
    changes: &mut Changes<'_>,
    was: &DescriptorPool,
    before: &FileDescriptor,
    after: &FileDescriptor,
) {
    let subject = subject(after);
    if before.package_name() != after.package_name() {
        let message = format!(
            "the package of `{}` is `{}`, it was `{}`: every name in it is another",
            after.name(),
            after.package_name(),
            before.package_name()
        );
        changes.breaking(subject, "FILE_SAME_PACKAGE", Breaks::Wire, message);
        return;
    }
    if before.syntax() != after.syntax() {
        let (was, is) = (syntax(before.syntax()), syntax(after.syntax()));
        let message = format!("the syntax of `{}` is `{is}`, it was `{was}`", after.name());
        changes.breaking(subject, "FILE_SAME_SYNTAX", Breaks::Code, message);
    }
    options(changes, before, after);
    definitions(changes, was, Some(before), Some(after));
}

/// A file that is gone.
fn removed(changes: &mut Changes<'_>, was: &DescriptorPool, before: &FileDescriptor) {
    let message = format!("the file `{}` is gone", before.name());
    changes.push(
        subject(before),
        ChangeKind::Removed,
        Some("FILE_NO_DELETE"),
        Breaks::Files,
        message,
    );
    definitions(changes, was, Some(before), None);
}

/// A file that is new; what was in another one before is not.
fn added(changes: &mut Changes<'_>, was: &DescriptorPool, after: &FileDescriptor) {
    let message = format!("the file `{}` is new", after.name());
    changes.harmless(subject(after), ChangeKind::Added, message);
    definitions(changes, was, None, Some(after));
}

fn subject(file: &FileDescriptor) -> Subject<'_> {
    Subject {
        what: "file",
        name: file.name(),
        file: file.name(),
        path: &[],
    }
}

fn syntax(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Proto2 => "proto2",
        Syntax::Proto3 => "proto3",
    }
}

/// An option of a file that other languages generate by: the rule, its name, its value.
type FileOption = (&'static str, &'static str, fn(&FileOptions) -> String);

const OPTIONS: &[FileOption] = &[
    (
        "FILE_SAME_CC_ENABLE_ARENAS",
        "cc_enable_arenas",
        |options| options.cc_enable_arenas().to_string(),
    ),
    (
        "FILE_SAME_CC_GENERIC_SERVICES",
        "cc_generic_services",
        |options| options.cc_generic_services().to_string(),
    ),
    (
        "FILE_SAME_CSHARP_NAMESPACE",
        "csharp_namespace",
        |options| options.csharp_namespace().to_owned(),
    ),
    ("FILE_SAME_GO_PACKAGE", "go_package", |options| {
        options.go_package().to_owned()
    }),
    (
        "FILE_SAME_JAVA_GENERIC_SERVICES",
        "java_generic_services",
        |options| options.java_generic_services().to_string(),
    ),
    (
        "FILE_SAME_JAVA_MULTIPLE_FILES",
        "java_multiple_files",
        |options| options.java_multiple_files().to_string(),
    ),
    (
        "FILE_SAME_JAVA_OUTER_CLASSNAME",
        "java_outer_classname",
        |options| options.java_outer_classname().to_owned(),
    ),
    ("FILE_SAME_JAVA_PACKAGE", "java_package", |options| {
        options.java_package().to_owned()
    }),
    (
        "FILE_SAME_OBJC_CLASS_PREFIX",
        "objc_class_prefix",
        |options| options.objc_class_prefix().to_owned(),
    ),
    (
        "FILE_SAME_OPTIMIZE_FOR",
        "optimize_for",
        |options| match options.optimize_for() {
            OptimizeMode::Speed => "SPEED".to_owned(),
            OptimizeMode::CodeSize => "CODE_SIZE".to_owned(),
            OptimizeMode::LiteRuntime => "LITE_RUNTIME".to_owned(),
        },
    ),
    (
        "FILE_SAME_PHP_CLASS_PREFIX",
        "php_class_prefix",
        |options| options.php_class_prefix().to_owned(),
    ),
    (
        "FILE_SAME_PHP_METADATA_NAMESPACE",
        "php_metadata_namespace",
        |options| options.php_metadata_namespace().to_owned(),
    ),
    ("FILE_SAME_PHP_NAMESPACE", "php_namespace", |options| {
        options.php_namespace().to_owned()
    }),
    (
        "FILE_SAME_PY_GENERIC_SERVICES",
        "py_generic_services",
        |options| options.py_generic_services().to_string(),
    ),
    ("FILE_SAME_RUBY_PACKAGE", "ruby_package", |options| {
        options.ruby_package().to_owned()
    }),
    ("FILE_SAME_SWIFT_PREFIX", "swift_prefix", |options| {
        options.swift_prefix().to_owned()
    }),
];

/// What the file tells the generators of other languages.
fn options(changes: &mut Changes<'_>, before: &FileDescriptor, after: &FileDescriptor) {
    let of = |file: &FileDescriptor| {
        file.file_descriptor_proto()
            .options
            .clone()
            .unwrap_or_default()
    };
    let (was, is) = (of(before), of(after));
    for (rule, name, value) in OPTIONS {
        let (was, is) = (value(&was), value(&is));
        if was != is {
            let message = format!("`{name}` of `{}` is `{is}`, it was `{was}`", after.name());
            changes.breaking(subject(after), rule, Breaks::Code, message);
        }
    }
}
