//! The running server before judges that nobody here wrote: PyJWT, grpcio, promtool, h2load.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::command::complaints;
use crate::gateway::ended;
use crate::hello;
use crate::server::{Server, get, python, until};
use crate::workspace::{SAMPLE, slow};

/// Starts the sample with these settings.
fn start(settings: &str) -> Server {
    Server::configured(&SAMPLE, "greeter", settings)
}

/// Keys and tokens of a foreign identity provider, good ones and bad ones.
#[test]
fn tokens_of_others_are_taken_and_bad_ones_refused() {
    if !slow("a Python identity provider") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python("tokens.py", &["keys".as_ref(), folder.path().as_ref()]);
    let keys = folder.path().join("jwks.json");
    let settings = format!(
        "server: {{host: 127.0.0.1}}
auth: {{issuer: https://id.example, audience: greeter, keys: {}}}
policy: [{{methods: greeter.*, roles: [greeter]}}]
admin: {{host: 127.0.0.1}}
",
        keys.display()
    );
    let server = start(&settings);
    let arguments = [
        "call".as_ref(),
        server.address.as_ref(),
        folder.path().as_ref(),
    ];
    python("tokens.py", &arguments);
    assert_eq!(server.end("-TERM"), Some(0));
}

/// Whatever callers do, the metrics say it, in a form that Prometheus' own tool accepts.
#[test]
fn metrics_tell_how_calls_ended() {
    if !slow("Python callers, h2load and promtool") {
        return;
    }
    // h2load does not connect anew when a connection has become old.
    let settings = "server: {host: 127.0.0.1, connection: {age: 0s}}
rate_limit: {total: 1000000/s, caller: 1000000/s}
audit: {file: /dev/null}
policy: [{methods: '*', public: true}]
admin: {host: 127.0.0.1}
";
    let server = start(settings);
    let admin = server.admin.as_deref().expect("an admin port");
    python("ended.py", &[server.address.as_ref(), admin.as_ref()]);
    load(&server);
    // The server hears of a caller that hangs up a moment later.
    let metrics = || get(admin, "/metrics");
    until(metrics, || {
        let gone = ended(&server, "Chat", &["CANCELLED", "DEADLINE_EXCEEDED"]);
        (gone >= 2 && ended(&server, "GreetAll", &["CANCELLED"]) >= 1).then_some(())
    });
    assert_eq!(ended(&server, "SayHello", &["OK"]), CALLS);
    promtool(&metrics());
    assert_eq!(server.end("-TERM"), Some(0));
}

/// The metrics of every part are accepted, also of those that only some settings bring.
#[test]
fn every_metric_is_one() {
    if !slow("promtool, and certificates made by Python") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python("encrypted.py", &["issue".as_ref(), folder.path().as_ref()]);
    let file = |name: &str| folder.path().join(name).display().to_string();
    // Nobody is at these addresses, which is no reason not to start.
    let settings = format!(
        "server: {{host: 127.0.0.1}}
tls: {{mode: server, certificate: {}, key: {}}}
database: {{url: 'postgres://nobody@127.0.0.1:1/none'}}
redis: {{url: 'redis://127.0.0.1:1'}}
audit: {{file: /dev/null}}
policy: [{{methods: '*', public: true}}]
admin: {{host: 127.0.0.1}}
",
        file("server.pem"),
        file("server.key")
    );
    let server = start(&settings);
    let text = get(server.admin.as_deref().expect("an admin port"), "/metrics");
    // One of each feature that has any.
    for family in [
        "audit_records_dropped_total",
        "config_generation",
        "grpc_active_connections",
        "memory_short",
        "postgres_connections",
        "rate_limits_shared",
        "redis_up",
        "tls_certificate_not_after_seconds",
        "trace_spans_lost_total",
    ] {
        let told = format!("# TYPE {family} ");
        assert!(text.contains(&told), "no `{family}` in\n{text}");
    }
    promtool(&text);
    assert_eq!(server.end("-TERM"), Some(0));
}

/// Prometheus' own tool must find nothing in this.
fn promtool(metrics: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed");
    let mut input = promtool.stdin.take().expect("stdin is piped");
    input.write_all(metrics.as_bytes()).expect("promtool reads");
    drop(input);
    let judged = promtool.wait_with_output().expect("promtool ends");
    let complaints = complaints(&judged);
    assert!(
        judged.status.success() && complaints.is_empty(),
        "{complaints}"
    );
}

/// Calls that h2load makes.
const CALLS: u64 = 20_000;

/// Sends `CALLS` calls of `SayHello`, which must all succeed.
fn load(server: &Server) {
    let server = format!("http://{}", server.address);
    let said = hello::load(&server, CALLS, &["-c", "4", "-m", "10"]);
    let all = format!("{CALLS} done, {CALLS} succeeded, 0 failed, 0 errored, 0 timeout");
    assert!(said.contains(&all), "{said}");
}

/// Clients that speak another TLS than ours are let in by the same rules, and the server can be asked
/// by its own command.
#[test]
fn tls_is_spoken_with_others() {
    if !slow("Python callers that speak TLS") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    python("encrypted.py", &["issue".as_ref(), folder.path().as_ref()]);
    for mode in ["server", "mutual"] {
        let file = |name: &str| folder.path().join(name).display().to_string();
        let settings = format!(
            "server: {{host: 127.0.0.1}}
tls: {{mode: {mode}, certificate: {}, key: {}, client_ca: {}}}
audit: {{file: /dev/null}}
policy: [{{methods: '*', public: true}}]
admin: {{host: 127.0.0.1}}
",
            file("server.pem"),
            file("server.key"),
            file("ca.pem")
        );
        let server = start(&settings);
        let arguments = [
            "call".as_ref(),
            mode.as_ref(),
            server.address.as_ref(),
            folder.path().as_ref(),
        ];
        python("encrypted.py", &arguments);
        let config = file("config.yaml");
        std::fs::write(&config, &settings).expect("written");
        let asked = Command::new(SAMPLE.binary("greeter"))
            .args(["--config", &config, "health", "--address", &server.address])
            .current_dir(&SAMPLE.path)
            .output()
            .expect("the binary runs");
        let said = complaints(&asked);
        assert!(asked.status.success(), "{mode}: {said}");
        assert_eq!(server.end("-TERM"), Some(0));
    }
}
