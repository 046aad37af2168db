//! Turns descriptors into a [`Model`].
//!
//! In: compiled protos. Out: the services of the given files, with the Rust names that the code
//! generator itself gives them (`model::rust_names`); or everything that would keep the generated
//! code from compiling (`model::check`). Nothing here touches the disk.

use std::collections::BTreeMap;

use prost_types::FileDescriptorProto;
use prost_types::method_options::IdempotencyLevel;

use super::options::Options;
use super::places::{self, Places};
use super::rust_names::{self, Names};
use super::{
    Idempotency, Kind, Message, Method, Model, Policy, ProtoFile, Service, ServiceNames, check,
    depth, names,
};
use crate::error::{Error, Problem, Result};
use crate::proto::{Compiled, editions, worker};

/// The model of the compiled protos.
///
/// # Errors
/// The given files have no service, or the code generated from some file would not compile: all
/// such places at once.
pub fn model(compiled: &Compiled) -> Result<Model> {
    worker::run(|| {
        let files: Vec<&FileDescriptorProto> = compiled.pool.file_descriptor_protos().collect();
        Error::check(check::problems(compiled, &files))?;
        let names = rust_names::generate(compiled, &files)?;
        let services = services(compiled, &files, &names);
        if services.is_empty() {
            return Err(no_service(compiled, &files).into());
        }
        let files = compiled.sources.iter().map(|source| ProtoFile {
            name: source.name.clone(),
            shown: source.shown(),
            text: source.text.clone(),
            given: source.given,
        });
        Ok(Model {
            files: files.collect(),
            services,
            renamed: names.renamed,
            editions: compiled
                .sources
                .iter()
                .any(|source| editions::is_edition(&source.text)),
            recursion_limit: depth::recursion_limit(&compiled.pool),
        })
    })
}

/// The services of the given files, by full name.
fn services(compiled: &Compiled, files: &[&FileDescriptorProto], names: &Names) -> Vec<Service> {
    let options = Options::new(&compiled.pool);
    let mut services = BTreeMap::new();
    for file in files {
        if !compiled
            .source(file.name())
            .is_some_and(|source| source.given)
        {
            continue;
        }
        let places = Places::new(file);
        for (n, descriptor) in file.service.iter().enumerate() {
            let Some(built) = names.service(file.package(), descriptor.name()) else {
                continue;
            };
            let deprecated = |marked: Option<bool>| marked.unwrap_or_default();
            let path = [places::SERVICES, places::index(n)];
            let mut service = Service {
                name: built.proto_name.clone(),
                package: built.package.clone(),
                docs: places.docs(&path),
                deprecated: deprecated(built.options.deprecated)
                    || deprecated(file.options.as_ref().and_then(|options| options.deprecated)),
                file: file.name().to_owned(),
                line: places.line(&path),
                rust: service_names(built),
                methods: methods(built, &places, n),
            };
            let policies = options.policies(&service.full_name());
            for (method, policy) in service.methods.iter_mut().zip(policies) {
                method.policy = policy;
            }
            services.insert(service.full_name(), service);
        }
    }
    services.into_values().collect()
}

/// The methods of the `n`th service of a file, without their policies.
fn methods(service: &prost_build::Service, places: &Places<'_>, n: usize) -> Vec<Method> {
    let package = rust_names::module(&service.package);
    let message = |proto: &str, rust: &str| Message {
        proto: proto.trim_start_matches('.').to_owned(),
        rust: rust_names::absolute(&package, rust),
    };
    let path = |m: usize| {
        [
            places::SERVICES,
            places::index(n),
            places::METHODS,
            places::index(m),
        ]
    };
    let methods = service
        .methods
        .iter()
        .enumerate()
        .map(|(m, method)| Method {
            name: method.proto_name.clone(),
            kind: match (method.client_streaming, method.server_streaming) {
                (false, false) => Kind::Unary,
                (true, false) => Kind::ClientStreaming,
                (false, true) => Kind::ServerStreaming,
                (true, true) => Kind::Bidirectional,
            },
            docs: places.docs(&path(m)),
            deprecated: method.options.deprecated.unwrap_or_default(),
            line: places.line(&path(m)),
            function: method.name.clone(),
            stream_type: method
                .server_streaming
                .then(|| format!("{}Stream", method.proto_name)),
            input: message(&method.input_proto_type, &method.input_type),
            output: message(&method.output_proto_type, &method.output_type),
            policy: Policy::default(),
            idempotency: match method.options.idempotency_level() {
                IdempotencyLevel::IdempotencyUnknown => Idempotency::Unknown,
                IdempotencyLevel::NoSideEffects => Idempotency::NoSideEffects,
                IdempotencyLevel::Idempotent => Idempotency::Idempotent,
            },
        });
    methods.collect()
}

/// What tonic's generator makes of the name of a service.
fn service_names(service: &prost_build::Service) -> ServiceNames {
    let (name, stem) = (&service.name, names::stem(&service.name));
    ServiceNames {
        package: rust_names::path(&rust_names::module(&service.package)),
        trait_name: name.clone(),
        server_module: format!("{stem}_server"),
        server: format!("{name}Server"),
        client_module: format!("{stem}_client"),
        client: format!("{name}Client"),
    }
}

/// Says that there is nothing to serve, and where there would be.
fn no_service(compiled: &Compiled, files: &[&FileDescriptorProto]) -> Problem {
    let given: Vec<String> = compiled
        .sources
        .iter()
        .filter(|source| source.given)
        .map(|source| source.shown())
        .collect();
    let problem = match given.as_slice() {
        [one] => Problem::new(format!("`{one}` has no `service`")).at(one.clone(), None, None),
        all => Problem::new(format!("none of `{}` has a `service`", all.join("`, `"))),
    };
    let imported = files
        .iter()
        .filter(|file| !file.service.is_empty())
        .find_map(|file| compiled.source(file.name()));
    match imported {
        Some(source) => problem.hint(format!("the imported `{}` has one: name that file too", source.shown())),
        None => problem.hint("name the file that has one, or write one: `service Greeter { rpc SayHello (HelloRequest) returns (HelloReply); }`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::compile_embedded;

    const PROTO: &str = "\
syntax = \"proto3\";
package acme.shop.v1;
import \"google/protobuf/empty.proto\";

message Order {
  message Line {}
}

//  Takes orders.
//
//    With an indented line.
service Shop {
  option deprecated = true;

  // detached

  rpc Place(Order) returns (google.protobuf.Empty);
  /* Watches
   * lines. */
  rpc Watch(stream Order) returns (stream Order.Line) { option deprecated = true; }
}
";

    #[test]
    fn a_service_is_read_as_it_is_written() {
        let compiled = compile_embedded("acme/shop/v1/shop.proto", PROTO).expect("it compiles");
        let model = model(&compiled).expect("it has a service");
        assert_eq!(model.files.len(), 1, "without well-known types");
        assert!(!model.renamed);
        let [shop] = model.services.as_slice() else {
            panic!("one service")
        };
        assert_eq!(
            (shop.full_name().as_str(), shop.line, shop.deprecated),
            ("acme.shop.v1.Shop", 12, true)
        );
        assert_eq!(shop.docs, ["Takes orders.", "", "  With an indented line."]);
        assert_eq!(shop.rust.package, "api::acme::shop::v1");
        assert_eq!(shop.rust.server_module, "shop_server");
        let [place, watch] = shop.methods.as_slice() else {
            panic!("two methods")
        };
        assert_eq!(
            (place.kind, place.line, place.deprecated, place.docs.len()),
            (Kind::Unary, 17, false, 0)
        );
        assert_eq!(
            (place.input.rust.as_str(), place.output.rust.as_str()),
            ("api::acme::shop::v1::Order", "()")
        );
        assert_eq!(
            (watch.kind, watch.line, watch.deprecated),
            (Kind::Bidirectional, 20, true)
        );
        assert_eq!(watch.docs, ["Watches", "lines."]);
        assert_eq!(watch.stream_type.as_deref(), Some("WatchStream"));
        assert_eq!(watch.output.rust, "api::acme::shop::v1::order::Line");
        assert_eq!(watch.output.proto, "acme.shop.v1.Order.Line");
    }
}
