//! The values that composition files name.
//!
//! Rows of a table are read by column: `{{ service[module] }}`. Here a row is a map and `module` a variable that
//! holds `"module"`; cargo-generate's hook, which has no maps, sets it to the column's number instead.

use serde_json::{Map, Value, json};

use super::handlers::Handler;
use super::patience::patience;
use crate::answers::Answers;
use crate::feature::Manifest;
use crate::layout::{self, Site};
use crate::model::{Idempotency, Kind, Method, Model, Service};
use crate::stub::text::{Stub, comment};

/// The variables of every composition file.
pub(super) fn workspace(
    manifest: &Manifest,
    answers: &Answers,
    model: &Model,
    handlers: &[Handler],
) -> Map<String, Value> {
    let mut variables = Map::new();
    let mut set = |name: &str, value: Value| variables.insert(name.to_owned(), value);
    set("project_name", json!(answers.name));
    set("sample", json!(answers.sample));
    for (name, value) in answers.deploy.variables() {
        set(name, value);
    }
    set("renamed", json!(model.renamed));
    set("editions", json!(model.editions));
    set("deep", json!(model.recursion_limit.is_some()));
    set(
        "recursion_limit",
        json!(model.recursion_limit.unwrap_or_default()),
    );
    set(
        "well_known",
        json!(model.services.iter().any(names_well_known)),
    );
    for feature in &manifest.features {
        set(
            &feature.variable(),
            json!(answers.features.contains(&feature.name)),
        );
    }
    set(
        "features",
        json!(answers.features.names().collect::<Vec<_>>()),
    );
    set(
        "protos",
        json!(
            model
                .files
                .iter()
                .filter(|file| file.given)
                .map(|file| &file.name)
                .collect::<Vec<_>>()
        ),
    );

    let mut services: Vec<_> = model.services.iter().zip(handlers).collect();
    // As rustfmt sorts `mod` lines.
    services.sort_by(|(_, a), (_, b)| a.module.cmp(&b.module));
    set(
        "services",
        services
            .iter()
            .map(|(service, handler)| row(service, handler))
            .collect(),
    );
    set(
        "methods",
        services
            .iter()
            .flat_map(|(service, _)| methods(service))
            .collect(),
    );
    for column in COLUMNS {
        set(column, json!(column));
    }
    variables
}

/// The columns of `services` and `methods`.
const COLUMNS: &[&str] = &[
    "module",
    "handler",
    "server_path",
    "client_path",
    "client_name",
    "full_name",
    "kind",
    "request",
    "response",
    "access",
    "timeout",
    "streaming",
    "repeatable",
    "patience",
    "short_name",
];

fn row(service: &Service, handler: &Handler) -> Value {
    let names = &service.rust;
    json!({
        "module": handler.module,
        "handler": handler.name,
        "server_path": format!("{}::{}::{}", names.package, names.server_module, names.server),
        "client_path": format!("{}::{}::{}", names.package, names.client_module, names.client),
        "client_name": handler.client,
        "full_name": service.full_name(),
    })
}

fn methods(service: &Service) -> impl Iterator<Item = Value> {
    service.methods.iter().map(|method| {
        json!({
            "full_name": format!("{}/{}", service.full_name(), method.name),
            "kind": method.kind.to_string(),
            "request": method.input.proto,
            "response": method.output.proto,
            "access": in_table(&method.policy.access.to_string()),
            "timeout": method.policy.timeout.as_deref().unwrap_or_default(),
            "streaming": method.kind != Kind::Unary,
            "repeatable": repeatable(method),
            "patience": patience(method),
            "short_name": method.name,
        })
    })
}

/// Whether somebody on the way may send a call again: the proto says so, and the request is one message.
fn repeatable(method: &Method) -> bool {
    method.idempotency != Idempotency::Unknown && !method.kind.client_streams()
}

/// A text of the user's as a cell of a Markdown table can hold it.
fn in_table(text: &str) -> String {
    text.replace('|', "&#124;").replace('`', "&#96;")
}

fn names_well_known(service: &Service) -> bool {
    let messages = service
        .methods
        .iter()
        .flat_map(|method| [&method.input, &method.output]);
    messages
        .into_iter()
        .any(|message| message.rust.starts_with("prost_types::"))
}

/// The variables of the file that holds one service's handler.
pub(super) fn stub(service: &Service, handler: &Handler) -> Map<String, Value> {
    let names = &service.rust;
    let mut imports = format!("use {} as pb;\n", names.package);
    if !service.methods.is_empty() {
        let streaming = service
            .methods
            .iter()
            .any(|method| method.kind.client_streams());
        let streaming = if streaming { ", Streaming" } else { "" };
        imports += &format!(
            "use chassis::rpc::{{self, Request, RequestExt, Response, Status{streaming}}};\n"
        );
    }
    let trait_path = format!("pb::{}::{}", names.server_module, names.trait_name);
    let methods: Vec<_> = service
        .methods
        .iter()
        .map(|method| function(service, method))
        .collect();
    let variables = json!({
        "full_name": service.full_name(),
        "docs": comment("", &service.docs),
        "deprecated": service.deprecated,
        "handler": handler.name,
        "imports": imports,
        "impl_header": layout::impl_header(&trait_path, &handler.name),
        "empty_impl": layout::empty_impl(&trait_path, &handler.name),
        "methods": methods,
    });
    match variables {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// One function of a handler, laid out.
fn function(service: &Service, method: &Method) -> Value {
    let stub = Stub::new(&Site::default(), method, |path| in_file(service, path));
    json!({
        "name": method.name,
        "comment": stub.comment,
        "stream": stub.stream,
        "signature": stub.signature,
    })
}

/// A type as the handler's file names it: the service's own package is `pb` there.
fn in_file(service: &Service, path: &str) -> String {
    match path
        .strip_prefix(&service.rust.package)
        .and_then(|rest| rest.strip_prefix("::"))
    {
        Some(rest) => format!("pb::{rest}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::from_proto, proto::compile_embedded};

    #[test]
    fn policies_fit_into_a_table() {
        let proto = "syntax = 'proto3'; import 'protosmith/options.proto'; message M {} service S { \
            rpc A(M) returns (M); \
            rpc B(M) returns (M) { option (protosmith.method) = { public: true, timeout: '5 s' }; } \
            rpc C(M) returns (M) { option (protosmith.method) = { roles: ['a|b', 'c`d'] }; } }";
        let compiled = compile_embedded("s.proto", proto).expect("it compiles");
        let model = from_proto::model(&compiled).expect("it has a service");
        let rows: Vec<_> = methods(&model.services[0]).collect();
        let cells = |column: &str| rows.iter().map(|row| row[column].clone()).collect();
        let access: Vec<_> = cells("access");
        assert_eq!(access, ["token", "public", "roles a&#124;b, c&#96;d"]);
        let timeout: Vec<_> = cells("timeout");
        assert_eq!(timeout, ["", "5s", ""]);
        for column in COLUMNS.iter().skip(5) {
            assert!(rows[0].get(column).is_some(), "{column}");
        }
    }
}
