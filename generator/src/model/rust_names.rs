//! Asks the code generator what it calls things.
//!
//! `prost-build` runs in memory, set up as the generated workspace's build script sets it up, and
//! what it hands to its service generator is kept. So no name is derived a second time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use prost_build::{Config, Module, Service, ServiceGenerator};
use prost_types::FileDescriptorProto;

use super::names::Renaming;
use crate::error::{Problem, Result};
use crate::proto::{Compiled, worker};

/// The name of the crate with the generated code, as other crates see it.
const CRATE: &str = "api";

/// The services as they will be generated.
pub(super) struct Names {
    /// By package and proto name.
    services: BTreeMap<(String, String), Service>,
    /// Whether the renaming generator changed any of them.
    pub(super) renamed: bool,
}

impl Names {
    /// The service of that package and proto name.
    pub(super) fn service(&self, package: &str, name: &str) -> Option<&Service> {
        self.services.get(&(package.to_owned(), name.to_owned()))
    }
}

/// Generates the code, and keeps the names.
///
/// # Errors
/// The generator gave up: something that [`super::check`] does not know about yet.
pub(super) fn generate(compiled: &Compiled, files: &[&FileDescriptorProto]) -> Result<Names> {
    let (plain, renamed) = (Kept::default(), Kept::default());
    let recorder = Recorder {
        kept: plain.clone(),
        then: Some(Box::new(Renaming::new(Box::new(Recorder::new(&renamed))))),
    };
    // Names do not depend on comments, which take most of the time to turn into Rust.
    let quiet = |file: &FileDescriptorProto| FileDescriptorProto {
        source_code_info: None,
        ..file.clone()
    };
    let files = files.iter().map(|file| {
        (
            Module::from_protobuf_package_name(file.package()),
            quiet(file),
        )
    });
    let generated = worker::caught(|| {
        Config::new()
            .service_generator(Box::new(recorder))
            .generate(files.collect())
    });
    let reason = match generated {
        Ok(Ok(_)) => {
            let (plain, services) = (plain.take(), renamed.take());
            let renamed = plain
                .iter()
                .any(|(key, service)| services.get(key).is_none_or(|other| !alike(service, other)));
            return Ok(Names { services, renamed });
        }
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic,
    };
    let problem =
        Problem::new(format!("the code generator gave up: {reason}")).hint(worker::REPORT);
    let given = compiled.sources.iter().find(|source| source.given);
    Err(match given {
        Some(source) => problem.at(source.shown(), None, None),
        None => problem,
    }
    .into())
}

/// Whether two services differ in no Rust name.
fn alike(a: &Service, b: &Service) -> bool {
    let methods = |service: &Service| -> Vec<(String, String, String)> {
        let methods = service.methods.iter();
        methods
            .map(|method| {
                (
                    method.name.clone(),
                    method.input_type.clone(),
                    method.output_type.clone(),
                )
            })
            .collect()
    };
    a.name == b.name && methods(a) == methods(b)
}

/// The modules of a package, outermost first.
pub(super) fn module(package: &str) -> Vec<String> {
    Module::from_protobuf_package_name(package)
        .parts()
        .map(str::to_owned)
        .collect()
}

/// The path of a module as other crates write it.
pub(super) fn path(module: &[String]) -> String {
    [&[CRATE.to_owned()], module].concat().join("::")
}

/// The path of a type as other crates write it, from how it is written in a module of `api`.
pub(super) fn absolute(module: &[String], rust: &str) -> String {
    if let Some(elsewhere) = rust.strip_prefix("::") {
        // `api` re-exports `prost_types`; the others are in every prelude.
        let in_prelude = [
            "core::primitive::",
            "prost::alloc::string::",
            "prost::alloc::vec::",
        ];
        let plain = in_prelude
            .iter()
            .find_map(|path| elsewhere.strip_prefix(path));
        return plain.unwrap_or(elsewhere).to_owned();
    }
    if rust == "()" {
        return rust.to_owned();
    }
    let mut parts = module.to_vec();
    for part in rust.split("::") {
        if part == "super" {
            parts.pop();
        } else {
            parts.push(part.to_owned());
        }
    }
    path(&parts)
}

/// Services by package and proto name, shared between the generator and whoever started it.
type Kept = Rc<RefCell<BTreeMap<(String, String), Service>>>;

/// Keeps what it is given, and hands it on.
struct Recorder {
    kept: Kept,
    then: Option<Box<dyn ServiceGenerator>>,
}

impl Recorder {
    /// Keeps and hands on to nobody.
    fn new(kept: &Kept) -> Self {
        Self {
            kept: kept.clone(),
            then: None,
        }
    }
}

impl ServiceGenerator for Recorder {
    fn generate(&mut self, service: Service, buf: &mut String) {
        let key = (service.package.clone(), service.proto_name.clone());
        self.kept.borrow_mut().insert(key, service.clone());
        if let Some(then) = &mut self.then {
            then.generate(service, buf);
        }
    }

    fn finalize_package(&mut self, package: &str, buf: &mut String) {
        if let Some(then) = &mut self.then {
            then.finalize_package(package, buf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute() {
        let module = module("a.type.v1");
        assert_eq!(path(&module), "api::a::r#type::v1");
        assert_eq!(path(&[]), "api");
        for (rust, expected) in [
            ("Foo", "api::a::r#type::v1::Foo"),
            ("foo::Bar", "api::a::r#type::v1::foo::Bar"),
            ("super::super::c::Foo", "api::a::c::Foo"),
            ("super::super::super::Foo", "api::Foo"),
            ("()", "()"),
            ("::core::primitive::bool", "bool"),
            ("::prost_types::Timestamp", "prost_types::Timestamp"),
            ("::prost::alloc::string::String", "String"),
            ("::prost::alloc::vec::Vec<u8>", "Vec<u8>"),
        ] {
            assert_eq!(absolute(&module, rust), expected);
        }
    }

    /// The services and functions of a proto, a word each; `!` in front if any is renamed.
    fn named(protos: &str) -> String {
        let compiled = crate::proto::compile_embedded(
            "x.proto",
            &format!("syntax = 'proto3'; message M {{}} {protos}"),
        )
        .expect("it compiles");
        let files: Vec<_> = compiled.pool.file_descriptor_protos().collect();
        let names = generate(&compiled, &files).expect("it generates");
        let words = names.services.values().flat_map(|service| {
            std::iter::once(service.name.clone())
                .chain(service.methods.iter().map(|method| method.name.clone()))
        });
        format!(
            "{}{}",
            if names.renamed { "!" } else { "" },
            words.collect::<Vec<_>>().join(" ")
        )
    }

    #[test]
    fn only_what_would_not_compile_is_renamed() {
        let service = |name: &str, methods: &[&str]| {
            let methods: Vec<_> = methods
                .iter()
                .map(|method| format!("rpc {method} (M) returns (M);"))
                .collect();
            format!("service {name} {{ {} }} ", methods.join(" "))
        };
        for (protos, expected) in [
            (
                service("greeter", &["SayHello", "type", "self", "Clone"]),
                "Greeter say_hello r#type self_ clone",
            ),
            (
                service("S", &["Connect", "New", "connect_"]),
                "!S connect_ new_ connect__",
            ),
            (
                service("S", &["getFoo", "GetFoo", "get_foo"]),
                "!S get_foo_ get_foo get_foo__",
            ),
            (service("S", &["Type", "type", "_"]), "!S r#type type_ call"),
            (
                service("Option", &[]) + &service("OptionService", &[]),
                "!OptionService2 OptionService",
            ),
            (
                service("FooBar", &[]) + &service("Foo_Bar", &[]),
                "!FooBar FooBarService",
            ),
            (service("RunSvc", &["Run"]), "!RunSvcService run"),
            (service("_", &[]), "!Service"),
            (
                service("Foo", &[]) + "message FooServer { message In {} }",
                "!FooService",
            ),
            (
                service("Foo", &[]) + "message FooServer { In in = 1; } message In {}",
                "Foo",
            ),
        ] {
            assert_eq!(named(&protos), expected, "{protos}");
        }
    }
}
