//! Names that are alike, long or none in Rust, and what becomes of them.

use super::*;
use crate::model::ServiceNames;

fn service(package: &str, name: &str) -> Service {
    let camel = name.to_upper_camel_case();
    Service {
        name: name.to_owned(),
        package: package.to_owned(),
        docs: Vec::new(),
        deprecated: false,
        file: String::new(),
        line: 1,
        rust: ServiceNames {
            package: String::new(),
            trait_name: camel.clone(),
            server_module: String::new(),
            server: String::new(),
            client_module: String::new(),
            client: format!("{camel}Client"),
        },
        methods: Vec::new(),
    }
}

fn check(services: &[(&str, &str)], expected: &[(&str, &str, &str)]) {
    let services: Vec<_> = services
        .iter()
        .map(|(package, name)| service(package, name))
        .collect();
    let handlers = handlers(&services, &Settled::new());
    let names: Vec<_> = handlers
        .iter()
        .map(|h| (h.module.as_str(), h.name.as_str(), h.client.as_str()))
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn names_are_the_services_own() {
    check(
        &[("greeter.v1", "Greeter")],
        &[("greeter", "Greeter", "GreeterClient")],
    );
}

#[test]
fn alike_names_get_their_package() {
    check(
        &[("a.v1", "Echo"), ("a.v2", "Echo")],
        &[
            ("a_v1_echo", "Echo", "AV1EchoClient"),
            ("a_v2_echo", "Echo", "AV2EchoClient"),
        ],
    );
    check(
        &[("", "FooBar"), ("", "Foo_Bar")],
        &[
            ("foo_bar", "FooBar", "FooBarClient"),
            ("foo_bar_2", "FooBar", "FooBarClient2"),
        ],
    );
}

#[test]
fn what_a_handler_imports_is_avoided() {
    check(
        &[
            ("", "Status"),
            ("", "type"),
            ("", "X9"),
            ("", "_9"),
            ("", "_"),
        ],
        &[
            ("status", "StatusService", "StatusClient"),
            ("type_service", "Type", "TypeClient"),
            ("x9", "X9", "X9Client"),
            ("service_9", "9", "9Client"),
            ("service", "", "Client"),
        ],
    );
}

/// What is changed to be a module may then be alike to another service's own.
#[test]
fn changed_names_are_unique_too() {
    check(
        &[
            ("", "Type"),
            ("", "TypeService"),
            ("", "A"),
            ("", "_A"),
            ("", "A_2"),
        ],
        &[
            ("type_service", "Type", "TypeClient"),
            ("type_service_2", "TypeService", "TypeServiceClient"),
            ("a", "A", "AClient"),
            ("a_2", "A", "AClient2"),
            ("a_2_2", "A2", "A2Client"),
        ],
    );
    let long = |end: &str| format!("{}{end}", "x".repeat(300));
    let handlers = handlers(
        &[service("", &long("a")), service("", &long("b"))],
        &Settled::new(),
    );
    assert_ne!(handlers[0].module, handlers[1].module);
}

#[test]
fn long_names_become_files() {
    let handlers = handlers(&[service("", &"x".repeat(300))], &Settled::new());
    assert!(handlers[0].module.len() < 250);
}

#[test]
fn who_has_a_module_keeps_it() {
    let services = [service("a.v1", "Echo"), service("a.v2", "Echo")];
    let names = |settled: &[(&str, &str)]| {
        let owned =
            |(service, module): &(&str, &str)| ((*service).to_owned(), (*module).to_owned());
        let settled = settled.iter().map(owned).collect();
        handlers(&services, &settled)
            .into_iter()
            .map(|handler| (handler.module, handler.client))
            .collect::<Vec<_>>()
    };
    let pair = |module: &str, client: &str| (module.to_owned(), client.to_owned());
    assert_eq!(
        names(&[("a.v2.Echo", "echo")]),
        [
            pair("a_v1_echo", "AV1EchoClient"),
            pair("echo", "EchoClient")
        ]
    );
    assert_eq!(
        names(&[("a.v1.Echo", "echo"), ("a.v2.Echo", "echo")]),
        [
            pair("echo", "EchoClient"),
            pair("a_v2_echo", "AV2EchoClient")
        ]
    );
    // A module of another name is the user's, and not one that we give.
    assert_eq!(names(&[("a.v1.Echo", "bus")]), names(&[]));
    let alone = handlers(
        &services[..1],
        &[("a.v1.Echo".to_owned(), "a_v1_echo".to_owned())].into(),
    );
    assert_eq!(alone[0].module, "a_v1_echo");
}
