//! Types and modules that get the same name.
//!
//! Packages and messages with nested types become modules; messages, enums and oneofs become types.
//! In one module, Rust has a single set of names for all of these.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use prost_types::{DescriptorProto, FileDescriptorProto};

use super::super::{names, places};
use super::{Told, full_name, is_map_entry};
use crate::error::Problem;

/// A Rust module: its path, without the names that Rust reserves.
type Module = Vec<String>;

/// The names in all modules.
#[derive(Default)]
pub(super) struct Scopes {
    /// What has a name in a module, said so that it fits into a sentence.
    taken: BTreeMap<(Module, String), String>,
    /// Packages already looked at.
    packages: BTreeSet<String>,
}

impl Scopes {
    /// Notes the modules of a package. To be done for all files before the first check.
    pub(super) fn package(&mut self, file: &FileDescriptorProto) {
        let mut module = Module::new();
        let mut package = String::new();
        for part in file.package().split('.').filter(|part| !part.is_empty()) {
            package = full_name(&package, part);
            let name = part.to_snake_case();
            self.taken.insert(
                (module.clone(), name.clone()),
                format!("the package `{package}`"),
            );
            module.push(name);
        }
    }

    /// Checks the types of a file against all that is known so far, and notes them.
    pub(super) fn check(&mut self, file: &FileDescriptorProto, told: &mut Told<'_>) {
        let parts = || file.package().split('.').filter(|part| !part.is_empty());
        if self.packages.insert(file.package().to_owned()) {
            for part in parts() {
                told.nameless("package", part, &[2]);
            }
        }
        let module: Module = parts().map(|part| part.to_snake_case()).collect();
        for (n, descriptor) in file.enum_type.iter().enumerate() {
            let path = [places::ENUMS, places::index(n)];
            self.add_type(
                "enum",
                descriptor.name(),
                file.package(),
                &module,
                &path,
                told,
            );
        }
        for (n, message) in file.message_type.iter().enumerate() {
            self.message(
                message,
                file.package(),
                &module,
                &[places::MESSAGES, places::index(n)],
                told,
            );
        }
        for (n, service) in file.service.iter().enumerate() {
            // Clashes with anything but a package are for the renaming generator to solve.
            for side in ["client", "server"] {
                let name = format!(
                    "{}_{side}",
                    names::stem(&service.name().to_upper_camel_case())
                );
                let other = self
                    .taken
                    .get(&(module.clone(), name.clone()))
                    .filter(|other| is_package(other));
                if let Some(other) = other {
                    let this = format!(
                        "the service `{}`",
                        full_name(file.package(), service.name())
                    );
                    let problem = clash(&this, other, "module", &module, &name);
                    told.add(problem, &[places::SERVICES, places::index(n)]);
                }
            }
        }
    }

    fn message(
        &mut self,
        message: &DescriptorProto,
        scope: &str,
        module: &Module,
        path: &[i32],
        told: &mut Told<'_>,
    ) {
        if is_map_entry(message)
            || !self.add_type("message", message.name(), scope, module, path, told)
        {
            return;
        }
        let name = full_name(scope, message.name());
        let oneofs: Vec<_> = real_oneofs(message).collect();
        let nested = message
            .nested_type
            .iter()
            .any(|nested| !is_map_entry(nested));
        if !nested && message.enum_type.is_empty() && oneofs.is_empty() {
            return;
        }
        let snake = message.name().to_snake_case();
        self.add(
            format!("the types nested in `{name}`"),
            "module",
            snake.clone(),
            module,
            path,
            told,
        );
        let module = [module.as_slice(), &[snake]].concat();
        for (n, nested) in message.nested_type.iter().enumerate() {
            self.message(
                nested,
                &name,
                &module,
                &[path, &[places::NESTED, places::index(n)]].concat(),
                told,
            );
        }
        for (n, descriptor) in message.enum_type.iter().enumerate() {
            let path = [path, &[places::NESTED_ENUMS, places::index(n)]].concat();
            self.add_type("enum", descriptor.name(), &name, &module, &path, told);
        }
        let types = message.nested_type.iter().map(|nested| nested.name());
        let types: BTreeSet<String> = types
            .chain(message.enum_type.iter().map(|nested| nested.name()))
            .map(|name| name.to_upper_camel_case())
            .collect();
        for (n, oneof) in oneofs {
            let mut camel = oneof.to_upper_camel_case();
            if types.contains(&camel) {
                // This is how prost tells the two apart.
                camel.push_str("OneOf");
            }
            let path = [path, &[places::ONEOFS, places::index(n)]].concat();
            if !told.nameless("oneof", oneof, &path) {
                self.add(
                    format!("the oneof `{name}.{oneof}`"),
                    "type",
                    camel,
                    &module,
                    &path,
                    told,
                );
            }
        }
    }

    /// Notes a type; returns whether it has a name at all.
    fn add_type(
        &mut self,
        what: &str,
        name: &str,
        scope: &str,
        module: &Module,
        path: &[i32],
        told: &mut Told<'_>,
    ) -> bool {
        if told.nameless(what, name, path) {
            return false;
        }
        let this = format!("the {what} `{}`", full_name(scope, name));
        self.add(this, "type", name.to_upper_camel_case(), module, path, told);
        true
    }

    /// Notes a name, and tells if it is taken.
    fn add(
        &mut self,
        this: String,
        kind: &str,
        name: String,
        module: &Module,
        path: &[i32],
        told: &mut Told<'_>,
    ) {
        let key = (module.clone(), name);
        match self.taken.get(&key) {
            Some(other) => told.add(clash(&this, other, kind, module, &key.1), path),
            None => {
                self.taken.insert(key, this);
            }
        }
    }
}

/// The oneofs that are in the file, with their positions; not those that stand for `optional`.
pub(super) fn real_oneofs(message: &DescriptorProto) -> impl Iterator<Item = (usize, &str)> {
    let real = |n: usize| {
        let n = places::index(n);
        message
            .field
            .iter()
            .any(|field| field.oneof_index == Some(n) && !field.proto3_optional())
    };
    message
        .oneof_decl
        .iter()
        .map(|oneof| oneof.name())
        .enumerate()
        .filter(move |(n, _)| real(*n))
}

/// Two things of one name.
fn clash(this: &str, other: &str, kind: &str, module: &Module, name: &str) -> Problem {
    let name = match kind {
        "module" => [module.as_slice(), &[name.to_owned()]].concat().join("::"),
        _ => name.to_owned(),
    };
    let hint = match (this.starts_with("the service"), is_package(other)) {
        (true, _) => {
            "rename the package in the proto; the names of services are part of what clients call"
        }
        (_, true) => "rename the message in the proto, or move the nested types out of it",
        _ => "rename one of them in the proto; only an `Any` holds the names of types",
    };
    Problem::new(format!(
        "{this} and {other} both become the Rust {kind} `{name}`"
    ))
    .hint(hint)
}

/// Whether this is what [`Scopes::package`] said about a package.
fn is_package(said: &str) -> bool {
    said.starts_with("the package")
}
