//! What we generate builds, passes its own tests, runs, answers and ends as its README says.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::workspace::{Workspace, repository, slow};

/// How long a server may take to start or to end on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A generated server that runs.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts the binary on a free port, and waits for the address that it logs.
    fn start(workspace: &Workspace, name: &str) -> Self {
        let prefix = name.to_uppercase().replace('-', "_");
        let mut process = Command::new(workspace.binary(name))
            .current_dir(&workspace.path)
            .env(format!("{prefix}__SERVER__PORT"), "0")
            .env(format!("{prefix}__LOGGING__FORMAT"), "json")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut log = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let address = loop {
            let line = log
                .next()
                .expect("the server says where it listens")
                .expect("its log is text");
            let event: serde_json::Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if let Some(address) = event["address"].as_str() {
                break address.to_owned();
            }
        };
        // A full pipe would block the server.
        std::thread::spawn(move || log.for_each(drop));
        Self { process, address }
    }

    /// Sends a signal, waits for the end, gives the exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .expect("kill runs")
                .success()
        );
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server does not end after {signal}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn run(workspace: &Workspace, name: &str, arguments: &[&str]) -> Output {
    Command::new(workspace.binary(name))
        .args(arguments)
        .current_dir(&workspace.path)
        .output()
        .expect("the binary runs")
}

/// The main promise, in one go since building is what takes the time.
#[test]
#[cfg(unix)]
fn the_sample_builds_passes_its_tests_answers_and_drains() {
    let workspace = Workspace::new("greeter", &["--preset", "full"]);
    workspace.succeeds(&["test", "--workspace", "--quiet"]);
    workspace.succeeds(&["build", "--workspace", "--quiet", "--examples", "--bins"]);

    let server = Server::start(&workspace, "greeter");
    let port = server
        .address
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let health = run(
        &workspace,
        "greeter",
        &["health", "--address", &server.address],
    );
    assert!(
        health.status.success(),
        "{}",
        String::from_utf8_lossy(&health.stderr)
    );

    let hello = Command::new(workspace.binary("examples/hello"))
        .arg(format!("http://127.0.0.1:{port}"))
        .current_dir(&workspace.path)
        .output()
        .expect("the example runs");
    assert!(
        hello.status.success(),
        "{}",
        String::from_utf8_lossy(&hello.stderr)
    );

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
        &workspace,
        "greeter",
        &["health", "--address", &format!("127.0.0.1:{port}")],
    );
    assert!(!dead.status.success(), "nobody is there");
    let good = run(&workspace, "greeter", &["check-config"]);
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );

    let bad = workspace.path.join("bad.yaml");
    std::fs::write(&bad, "server:\n  prot: 1\n").expect("written");
    let refused = run(
        &workspace,
        "greeter",
        &["--config", "bad.yaml", "check-config"],
    );
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(64), "{said}");
    assert!(
        said.contains("bad.yaml:2") && said.contains("prot"),
        "{said}"
    );
}

/// Runs a client of `tests/foreign`, which exits 0 if every answer is right.
fn python(client: &str, arguments: &[&OsStr]) {
    let python = std::env::var_os("PROTOSMITH_PYTHON")
        .expect("PROTOSMITH_PYTHON names a Python with tests/foreign/requirements.txt");
    let called = Command::new(python)
        .arg(repository("tests/foreign").join(client))
        .args(arguments)
        .output()
        .expect("Python runs");
    assert!(
        called.status.success(),
        "{}{}",
        String::from_utf8_lossy(&called.stdout),
        String::from_utf8_lossy(&called.stderr)
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
    workspace.succeeds(&["test", "--workspace", "--quiet"]);
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
