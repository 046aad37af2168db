//! The generated client before servers that nobody here wrote: grpcio and grpc-js.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::command::{named, succeeds};
use crate::server::interpreter;
use crate::workspace::{Workspace, repository, slow};

/// A workspace whose client has the programs of `tests/foreign` as examples, built.
pub(crate) static CALLER: LazyLock<Workspace> = LazyLock::new(|| {
    let workspace = Workspace::new("foreign", &["--preset", "full"]);
    for file in ["foreign.rs", "blackholed.rs"] {
        let to = workspace.path.join("crates/client/examples").join(file);
        fs::copy(repository("tests/foreign").join(file), to).expect("copied");
    }
    // The whole workspace: of the client alone, its dependencies would have other features, and be built again.
    let examples = ["--example", "foreign", "--example", "blackholed"];
    workspace.succeeds(&[&["build", "--quiet", "--workspace"], &examples[..]].concat());
    workspace
});

/// A server of another language that runs.
struct Foreign {
    process: Child,
    /// Where it serves in the clear, with TLS, and with mutual TLS.
    ports: [String; 3],
}

impl Foreign {
    /// Starts the program, which prints its ports; certificates are in `folder`.
    fn start(program: &mut Command, workspace: &Workspace, folder: &Path) -> Self {
        let mut process = program
            .arg(workspace.path.join("proto"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server runs");
        let mut ports = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("stdout is piped"));
        output.read_line(&mut ports).expect("the ports");
        let ports: Vec<_> = ports.split_whitespace().map(str::to_owned).collect();
        let ports = <[String; 3]>::try_from(ports)
            .unwrap_or_else(|ports| panic!("the server did not start: {ports:?}"));
        Self { process, ports }
    }

    /// It ends when its standard input does.
    fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("a child").success());
    }
}

#[test]
fn the_client_calls_servers_of_python_and_node_in_the_clear_and_with_tls() {
    if !slow("a Python and a Node server, and a client of them") {
        return;
    }
    let workspace = &*CALLER;
    let calls = workspace.binary("examples/foreign");

    let certificates = tempfile::tempdir().expect("a folder");
    let folder = certificates.path();
    let mut python = Command::new(interpreter());
    python.arg(repository("tests/foreign/server.py"));
    // It makes the certificates.
    let python = Foreign::start(&mut python, workspace, folder);
    let modules = named(
        "PROTOSMITH_NODE_MODULES",
        "a folder with `@grpc/grpc-js` and `@grpc/proto-loader`",
    );
    let mut node = Command::new("node");
    node.env("NODE_PATH", modules)
        .arg(repository("tests/foreign/server.js"));
    let node = Foreign::start(&mut node, workspace, folder);

    let folder = folder.to_str().expect("UTF-8");
    let call = |arguments: &[&str]| succeeds(Command::new(&calls).args(arguments));
    for server in [python, node] {
        let [clear, tls, mutual] = &server.ports;
        call(&[&format!("http://127.0.0.1:{clear}")]);
        call(&[&format!("https://localhost:{tls}"), folder]);
        call(&[&format!("https://localhost:{mutual}"), folder, "mutual"]);
        server.end();
    }
}
