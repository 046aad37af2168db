//! The container image: built by buildah as the Dockerfile says, and run by podman with no rights at all.
//!
//! The base images are stand-ins that `tests/image/bases` makes, so that no registry is needed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::command::{complaints, succeeds, text};
use crate::server::{interpreter, until};
use crate::workspace::{SAMPLE, Workspace, repository, slow};

/// Largest image, unpacked.
const LARGEST: u64 = 30 << 20;

/// The workspace whose image is `localhost/imaged:first`.
pub(crate) static IMAGED: LazyLock<Workspace> = LazyLock::new(|| {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    succeeds(Command::new(repository("tests/image/bases")).arg(home.join("bases")));
    let features = "docker,kubernetes,health,metrics,admin,reflection,rate-limit";
    let workspace = Workspace::new("imaged", &["--preset", "minimal", "--with", features]);
    workspace.succeeds(&["generate-lockfile", "--quiet"]);
    build(&workspace, "localhost/imaged:first");
    workspace
});

/// Builds the image; gives the crates that cargo compiled for it.
fn build(workspace: &Workspace, image: &str) -> Vec<String> {
    let mut buildah = Command::new("buildah");
    buildah
        // `docker`: the format that has health checks.
        .args(["build", "--format", "docker", "--isolation", "chroot"])
        .args([
            "--pull-never",
            "-f",
            "deploy/docker/Dockerfile",
            "-t",
            image,
            "--build-arg=VERSION=1.2.3",
        ])
        .current_dir(&workspace.path);
    let authorities = Path::new("/etc/ssl/certs/ca-certificates.crt");
    if authorities.exists() {
        buildah.arg(format!("--secret=id=ca,src={}", authorities.display()));
    }
    let output = succeeds(buildah.arg("."));
    let said = complaints(&output);
    let crates = said.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix("Compiling ")?;
        line.split(' ').next().map(str::to_owned)
    });
    crates.collect()
}

pub(crate) fn podman(arguments: &[&str]) -> Command {
    let mut podman = Command::new("podman");
    podman
        .env("CONTAINERS_CONF", repository("tests/image/containers.conf"))
        .args(arguments);
    podman
}

/// What podman says of an image or a container.
pub(crate) fn inspected(name: &str, format: &str) -> String {
    text(&succeeds(&mut podman(&[
        "inspect", "--format", format, name,
    ])))
}

/// A container that is removed with the test.
struct Container(String);

impl Drop for Container {
    fn drop(&mut self) {
        let _ = podman(&["rm", "-f", &self.0]).output();
    }
}

#[test]
fn the_image_is_small_and_runs_without_rights() {
    if !slow("buildah and podman build and run the image") {
        return;
    }
    let workspace = &*IMAGED;
    let size = inspected("localhost/imaged:first", "{{.Size}}");
    let size: u64 = size.parse().expect("a number");
    assert!(size <= LARGEST, "{size} bytes");
    let labels = inspected("localhost/imaged:first", "{{json .Labels}}");
    let labels: serde_json::Value = serde_json::from_str(&labels).expect("JSON");
    assert_eq!(labels["org.opencontainers.image.title"], "imaged");
    assert_eq!(labels["org.opencontainers.image.version"], "1.2.3");
    assert_eq!(labels["org.opencontainers.image.revision"], "unknown");

    // An edit of the service builds what depends on it, and nothing else.
    let source = workspace.path.join("crates/service/src/greeter.rs");
    let code = fs::read_to_string(&source).expect("rendered");
    fs::write(
        &source,
        code.replace("\"Hello {name}!\"", "\"Hello, {name}!\""),
    )
    .expect("written");
    let compiled = build(workspace, "localhost/imaged:second");
    assert_eq!(compiled, ["imaged-service", "imaged-server"]);

    let run = podman(&[
        "run",
        "--detach",
        "--no-healthcheck",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--memory=64m",
        "--network=host",
        "--env=IMAGED__SERVER__PORT=0",
        "--env=IMAGED__ADMIN__PORT=0",
        "localhost/imaged:second",
    ]);
    let container = Container(text(&succeeds(&mut { run })));
    let listening = || {
        let log = succeeds(&mut podman(&["logs", &container.0]));
        let log = [log.stdout, log.stderr].concat();
        let events = String::from_utf8_lossy(&log).into_owned();
        let mut events = events
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let event = events.find(|event| event["message"] == "listening")?;
        Some(event["address"].as_str().expect("a text").to_owned())
    };
    let address = until(|| "it does not listen".to_owned(), listening);
    let port = address.rsplit(':').next().expect("a port");
    let address = format!("127.0.0.1:{port}");
    // As its health check does, with its binary.
    let binary = "/usr/local/bin/imaged";
    succeeds(&mut podman(&[
        "exec",
        &container.0,
        binary,
        "health",
        "--address",
        &address,
    ]));
    let process = inspected(&container.0, "{{.State.Pid}}");
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    for line in [
        "Uid:\t65532\t65532",
        "CapEff:\t0000000000000000",
        "NoNewPrivs:\t1",
    ] {
        assert!(status.contains(line), "{line} is not in {status}");
    }
    // Ten times the memory that it may have, in one burst: refused, and nobody is killed.
    let burst = repository("tests/foreign/burst.py");
    succeeds(Command::new(interpreter()).arg(burst).arg(&address));
    assert_eq!(inspected(&container.0, "{{.State.Pid}}"), process);
    // SIGTERM drains; the delay of prod.yaml and then the end, before podman loses patience.
    succeeds(&mut podman(&["stop", "--time=40", &container.0]));
    assert_eq!(inspected(&container.0, "{{.State.ExitCode}}"), "0");
}

/// Nothing of the folder gets into the build but what is built: no key, no settings of somebody's own.
#[test]
fn the_build_sees_no_secret() {
    if !slow("buildah copies the context of the image") {
        return;
    }
    let workspace = Workspace::new("context", &["--preset", "full"]);
    for file in [
        "Cargo.lock",
        ".env",
        "keys/jwks.json",
        "target/left",
        "config/own.yaml",
    ] {
        let path = workspace.path.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "secret").expect("written");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (file, seen) = (folder.path().join("Dockerfile"), folder.path().join("seen"));
    fs::write(&file, "FROM scratch\nCOPY . /\n").expect("written");
    let mut buildah = Command::new("buildah");
    buildah
        .args(["build", "--isolation", "chroot", "-f"])
        .arg(&file)
        .arg("--output")
        .arg(&seen)
        .arg(".")
        .current_dir(&workspace.path);
    succeeds(&mut buildah);
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names
    };
    assert_eq!(
        names(&seen),
        ["Cargo.lock", "Cargo.toml", "config", "crates", "proto"]
    );
    assert_eq!(names(&seen.join("config")), ["prod.yaml"]);
}

/// What is run side by side is a compose file by the schema of its specification.
#[test]
fn the_compose_file_is_valid() {
    if !slow("the schema of compose files") {
        return;
    }
    let sets = [
        "docker,health",
        "docker,health,nginx,auth",
        "docker,health,admin,metrics,monitoring",
        "docker,health,tracing",
        "docker,health,nginx,auth,tracing,admin,metrics,monitoring",
    ];
    for set in sets {
        let workspace = Workspace::new("composed", &["--preset", "minimal", "--with", set]);
        let judge = Path::new(&interpreter()).with_file_name("check-jsonschema");
        let mut judge = Command::new(judge);
        judge.args(["--builtin-schema", "vendor.compose-spec"]);
        succeeds(judge.arg(workspace.path.join("deploy/docker/compose.yaml")));
    }
}

/// The linter of Dockerfiles finds nothing.
#[test]
fn the_dockerfile_is_clean() {
    if !slow("hadolint judges the Dockerfile") {
        return;
    }
    let hadolint = Path::new(&interpreter()).with_file_name("hadolint");
    let mut command = Command::new(hadolint);
    succeeds(command.arg(SAMPLE.path.join("deploy/docker/Dockerfile")));
}
