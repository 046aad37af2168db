//! Services come and go: each has its handler and its line in the server, beside what the user made of the others.

use crate::project::{Project, SHOP};

/// A service more: its file, its lines in what the tool lists, beside the state that the user gave to the first one.
#[test]
fn a_new_service_is_wired_beside_edits() {
    let project = Project::new(&["client"]);
    project.edit(
        "crates/server/src/services.rs",
        "service::greeter::Greeter::default()",
        "service::greeter::Greeter::with(pool)",
    );
    project.edit(
        "crates/service/src/lib.rs",
        "pub mod greeter;\n",
        "pub mod greeter;\nmod store;\n",
    );
    let elsewhere = tempfile::tempdir().expect("a folder");
    let proto = elsewhere.path().join("acme/shop.proto");
    std::fs::create_dir_all(elsewhere.path().join("acme")).expect("made");
    std::fs::write(&proto, SHOP).expect("written");
    project.ends(0, &["add", &proto.display().to_string()]);
    let services = project.read("crates/server/src/services.rs");
    assert!(services.contains("Greeter::with(pool)"), "{services}");
    assert!(
        services.contains("service::shop::Shop::default()"),
        "{services}"
    );
    let modules = project.read("crates/service/src/lib.rs");
    assert!(modules.contains("mod store;\npub mod shop;"), "{modules}");
    assert_eq!(project.read("proto/acme/shop.proto"), SHOP);
    assert!(
        project
            .read("protosmith.toml")
            .contains("    \"acme/shop.proto\",\n")
    );

    // Another one of that name does not replace it.
    std::fs::write(&proto, SHOP.replace("Order", "Offer")).expect("written");
    let said = project.ends(1, &["add", &proto.display().to_string()]);
    assert!(said.contains("acme/shop.proto"), "{said}");

    project.ends(0, &["remove", "proto/acme/shop.proto"]);
    assert!(!project.path("crates/service/src/shop.rs").exists());
    assert!(
        project
            .read("crates/server/src/services.rs")
            .contains("Greeter::with(pool)")
    );
    let said = project.ends(1, &["remove", "greeter/v1/greeter.proto"]);
    assert!(said.contains("no proto left"), "{said}");
}

/// Two services of one name need two modules; the handler that is there keeps its own.
#[test]
fn a_handler_stays_where_it_is_when_another_of_its_name_comes() {
    let project = Project::new(&["client"]);
    let handler = "crates/service/src/greeter.rs";
    project.edit(handler, "Longest name", "Our longest name");
    let before = project.read(handler);
    let other = "syntax = \"proto3\";\npackage acme;\nmessage Order {}\nservice Greeter {\n  \
                 rpc Greet (Order) returns (Order);\n}\n";
    // Before and behind the one that is there.
    project.write("proto/acme/greeter.proto", other);
    let later = other.replace("acme", "zoo");
    project.write("proto/zoo/greeter.proto", &later);
    project.ends(
        0,
        &["add", "proto/acme/greeter.proto", "proto/zoo/greeter.proto"],
    );
    assert_eq!(project.read(handler), before);
    let services = project.read("crates/server/src/services.rs");
    for wired in [
        "service::greeter::Greeter::default()",
        "service::acme_greeter::Greeter::default()",
        "service::zoo_greeter::Greeter::default()",
    ] {
        assert!(services.contains(wired), "{wired}: {services}");
    }
    let client = project.read("crates/client/src/lib.rs");
    assert!(
        client.contains(" GreeterClient = ") && client.contains("ZooGreeterClient = "),
        "{client}"
    );
    assert!(!project.ends(0, &["list", "methods"]).contains("unknown"));

    // Nor does it move when it is alone again, or when it has a mistake in it.
    let acme = "crates/service/src/acme_greeter.rs";
    let text = project.read(acme);
    project.write(acme, &format!("{text}fn half("));
    project.ends(
        0,
        &["remove", "greeter/v1/greeter.proto", "zoo/greeter.proto"],
    );
    assert!(
        project
            .read("crates/server/src/services.rs")
            .contains("service::acme_greeter::Greeter::default()")
    );
    assert_eq!(project.read(acme), format!("{text}fn half("));
    assert_eq!(project.read(handler), before, "it was edited");
}

/// The handler lies elsewhere, and its module only hands it on.
#[test]
fn a_handler_that_was_moved_keeps_its_module() {
    let project = Project::new(&[]);
    let handler = "crates/service/src/greeter.rs";
    let text = project.read(handler);
    project.write("crates/service/src/hello/desk.rs", &text);
    project.write(
        "crates/service/src/hello/mod.rs",
        "mod desk;\npub use desk::Greeter;\n",
    );
    let moved = "//! Moved.\n\npub use crate::hello::Greeter;\n";
    project.write(handler, moved);
    let other = "syntax = \"proto3\";\npackage acme;\nmessage Order {}\nservice Greeter {\n  \
                 rpc Greet (Order) returns (Order);\n}\n";
    project.write("proto/acme/greeter.proto", other);
    project.ends(0, &["add", "proto/acme/greeter.proto"]);
    assert_eq!(project.read(handler), moved);
    let services = project.read("crates/server/src/services.rs");
    assert!(
        services.contains("service::greeter::Greeter::default()"),
        "{services}"
    );
    assert!(
        !project
            .path("crates/service/src/greeter_v1_greeter.rs")
            .exists()
    );
    project.ends(0, &["sync", "--check"]);
}
