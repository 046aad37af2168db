//! The features `postgres` and `redis` before real servers.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::server::{Background, free_port};
use crate::workspace::{Workspace, slow};

#[test]
fn redis_makes_the_server_ready_and_is_shared_by_replicas() {
    if !slow("running a generated workspace before Redis") {
        return;
    }
    let certificates = tempfile::tempdir().expect("a folder");
    let certificate = certificates.path().join("redis.crt");
    let (port, tls_port) = (free_port(), free_port());
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--port", &port.to_string()])
        .args(encrypted(certificates.path(), tls_port));
    let _redis = Background::start(&mut command, &format!("127.0.0.1:{port}"));
    let features = "redis,rate-limit,metrics,admin";
    let workspace = Workspace::new("with-redis", &["--preset", "minimal", "--with", features]);
    workspace.is_clean();
    let url = format!("redis://127.0.0.1:{port}");
    let tls_url = format!("rediss://localhost:{tls_port}");
    let tests = ["--test", "redis", "--test", "shared_limits"];
    let mut tests = workspace.cargo(&[&["test", "-p", "with-redis-server"], &tests[..]].concat());
    assert!(
        tests
            .env("TEST_REDIS_URL", url)
            .env("TEST_REDIS_TLS_URL", tls_url)
            .env("TEST_REDIS_CA", certificate)
            .status()
            .expect("cargo runs")
            .success()
    );
}

/// What makes Redis speak TLS at `port`, with a certificate of its own in `folder`.
fn encrypted(folder: &Path, port: u16) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (file("redis.crt"), file("redis.key"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args([
            "-subj",
            "/CN=redis",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        // It vouches for itself, and is no authority: else rustls takes it for no server's.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &key, "-out", &certificate])
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("openssl runs").success());
    let port = port.to_string();
    let options = [
        ["--tls-port", &port],
        ["--tls-cert-file", &certificate],
        ["--tls-key-file", &key],
        ["--tls-auth-clients", "no"],
    ];
    options.concat().into_iter().map(str::to_owned).collect()
}

#[test]
fn postgres_makes_the_server_ready() {
    if !slow("running a generated workspace before PostgreSQL") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // It refuses to run as root, as this test may.
    let owned = Command::new("chown")
        .arg("65534")
        .arg(folder.path())
        .status();
    let as_root = owned.is_ok_and(|status| status.success());
    let data = folder.path().join("data");
    let run = |tool: &str| {
        let mut command = Command::new(if as_root { "setpriv" } else { tool });
        if as_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", tool]);
        }
        command.arg("-D").arg(&data).current_dir(folder.path());
        command
    };
    let mut made = run("initdb");
    made.args(["-U", "tester", "--auth", "trust", "--no-sync"])
        .stdout(Stdio::null());
    assert!(made.status().expect("initdb runs").success());
    let port = free_port();
    let mut command = run("postgres");
    command.args(["-h", "127.0.0.1", "-k"]).arg(folder.path());
    command.args(["-p", &port.to_string()]);
    let _postgres = Background::start(&mut command, &format!("127.0.0.1:{port}"));
    let features = "postgres,metrics,admin";
    let workspace = Workspace::new(
        "with-postgres",
        &["--preset", "minimal", "--with", features],
    );
    workspace.is_clean();
    let url = format!("postgres://tester@127.0.0.1:{port}/postgres");
    let mut tests = workspace.cargo(&["test", "-p", "with-postgres-server", "--test", "postgres"]);
    assert!(
        tests
            .env("TEST_POSTGRES_URL", url)
            .status()
            .expect("cargo runs")
            .success()
    );
}
