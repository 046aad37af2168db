//! What we generate builds, passes its own tests, runs, answers and ends as its README says.

use std::process::{Command, Output};

use crate::command::{complaints, succeeds};
use crate::server::{Server, python};
use crate::workspace::{SAMPLE, Workspace, repository, slow};

fn binary(workspace: &Workspace, name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(workspace.binary(name));
    command.args(arguments).current_dir(&workspace.path);
    command
}

fn run(workspace: &Workspace, name: &str, arguments: &[&str]) -> Output {
    binary(workspace, name, arguments)
        .output()
        .expect("the binary runs")
}

/// The main promise, in one go since building is what takes the time.
#[test]
#[cfg(unix)]
fn the_sample_builds_passes_its_tests_answers_and_drains() {
    let workspace = &*SAMPLE;
    workspace.succeeds(&["test", "--workspace", "--quiet"]);

    let server = Server::start(workspace, "greeter");
    let port = server
        .address
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let health = ["health", "--address", &server.address];
    succeeds(&mut binary(workspace, "greeter", &health));
    let url = format!("http://127.0.0.1:{port}");
    succeeds(&mut binary(workspace, "examples/hello", &[&url]));

    if slow("a Python client calls the sample") {
        python(
            "client.py",
            &[
                server.address.as_ref(),
                workspace.path.join("proto").as_ref(),
            ],
        );
    }
    assert_eq!(server.end("-TERM"), Some(0));

    let dead = run(
        workspace,
        "greeter",
        &["health", "--address", &format!("127.0.0.1:{port}")],
    );
    assert!(!dead.status.success(), "nobody is there");
    let good = run(workspace, "greeter", &["check-config"]);
    assert!(good.status.success(), "{}", complaints(&good));

    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, "server:\n  prot: 1\n").expect("written");
    let bad = bad.to_str().expect("UTF-8");
    let refused = run(workspace, "greeter", &["--config", bad, "check-config"]);
    let said = complaints(&refused);
    assert_eq!(refused.status.code(), Some(64), "{said}");
    assert!(
        said.contains("bad.yaml:2") && said.contains("prot"),
        "{said}"
    );
}

/// A user's protos: several services, all kinds, well-known types, a name that needs another in Rust.
#[test]
fn a_users_proto_builds_and_passes_its_tests() {
    if !slow("a workspace of the user's protos") {
        return;
    }
    let protos = [
        "examples/protos/acme/shop/v1/shop.proto",
        "examples/protos/acme/stock/v1/stock.proto",
    ]
    .map(repository);
    let [shop, stock] = protos.each_ref().map(|path| path.to_str().expect("UTF-8"));
    let workspace = Workspace::new(
        "shop",
        &["--preset", "full", "--proto", shop, "--proto", stock],
    );
    workspace.is_clean();
    // The chassis knows no proto: its tests are those of the sample.
    let chassis = ["--exclude", "shop-chassis"];
    workspace.succeeds(&[&["test", "--workspace", "--quiet"], &chassis[..]].concat());
    workspace.succeeds(&["build", "--quiet"]);
    let server = Server::start(&workspace, "shop");
    python("stubs.py", &[server.address.as_ref()]);
    assert_eq!(server.end("-TERM"), Some(0));
}

/// Every shape that is accepted, in one workspace each: names, comments and types that were made to hurt.
#[test]
fn every_shape_of_proto_compiles() {
    if !slow("a workspace for every shape of proto") {
        return;
    }
    let mut shapes: Vec<_> = std::fs::read_dir(repository("tests/protos/shapes"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "proto")
        })
        .filter(|path| {
            std::fs::read(path)
                .is_ok_and(|text| String::from_utf8_lossy(&text).contains("// expect: ok"))
        })
        .collect();
    shapes.sort();
    assert!(shapes.len() > 20, "only {} shapes", shapes.len());
    for shape in shapes {
        eprintln!("{}", shape.display());
        let workspace = Workspace::new(
            "shape",
            &[
                "--preset",
                "full",
                "-q",
                "--proto",
                shape.to_str().expect("UTF-8"),
            ],
        );
        workspace.is_clean();
    }
}
