//! The running server before judges that nobody here wrote: PyJWT, grpcio, promtool, h2load.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::command::complaints;
use crate::hello;
use crate::server::{PATIENCE, Server, get, python};
use crate::workspace::{Workspace, slow};

/// All features, as the test of the sample builds them.
fn workspace() -> Workspace {
    let workspace = Workspace::new("greeter", &["--preset", "full"]);
    workspace.succeeds(&["build", "--workspace", "--quiet", "--bins"]);
    workspace
}

/// Starts the server with these settings, which it reads before it listens.
fn start(workspace: &Workspace, settings: &str) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.yaml");
    std::fs::write(&file, settings).expect("written");
    let file = file.to_str().expect("UTF-8");
    Server::start_with(workspace, "greeter", &["--config", file])
}

/// Keys and tokens of a foreign identity provider, good ones and bad ones.
#[test]
fn tokens_of_others_are_taken_and_bad_ones_refused() {
    if !slow("a Python identity provider") {
        return;
    }
    let workspace = workspace();
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
    let server = start(&workspace, &settings);
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
    let workspace = workspace();
    // h2load does not connect anew when a connection has become old.
    let settings = "server: {host: 127.0.0.1, connection: {age: 0s}}
rate_limit: {total: 1000000/s, caller: 1000000/s}
audit: {file: /dev/null}
policy: [{methods: '*', public: true}]
admin: {host: 127.0.0.1}
";
    let server = start(&workspace, settings);
    let admin = server.admin.as_deref().expect("an admin port");
    python("ended.py", &[server.address.as_ref(), admin.as_ref()]);
    load(&server);
    let metrics = || get(admin, "/metrics");
    let ended = |text: &str, method: &str, status: &str| {
        let labels = format!(
            "grpc_requests_total{{method=\"{method}\",service=\"greeter.v1.Greeter\",status=\"{status}\"}} "
        );
        let line = text.lines().find_map(|line| line.strip_prefix(&labels));
        line.map_or(0, |count| count.parse::<u64>().expect("a count"))
    };
    // The server hears of a caller that hangs up a moment later.
    let start = Instant::now();
    let text = loop {
        assert!(start.elapsed() < PATIENCE, "{}", metrics());
        let text = metrics();
        let gone = ended(&text, "Chat", "CANCELLED") + ended(&text, "Chat", "DEADLINE_EXCEEDED");
        if gone >= 2 && ended(&text, "GreetAll", "CANCELLED") >= 1 {
            break text;
        }
        std::thread::yield_now();
    };
    assert_eq!(ended(&text, "SayHello", "OK"), CALLS);
    promtool(&text);
    assert_eq!(server.end("-TERM"), Some(0));
}

/// The metrics of every part are accepted, also of those that only some settings bring.
#[test]
fn every_metric_is_one() {
    if !slow("promtool, and certificates made by Python") {
        return;
    }
    let workspace = workspace();
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
    let server = start(&workspace, &settings);
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
    let workspace = workspace();
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
        let server = start(&workspace, &settings);
        let arguments = [
            "call".as_ref(),
            mode.as_ref(),
            server.address.as_ref(),
            folder.path().as_ref(),
        ];
        python("encrypted.py", &arguments);
        let config = file("config.yaml");
        std::fs::write(&config, &settings).expect("written");
        let asked = Command::new(workspace.binary("greeter"))
            .args(["--config", &config, "health", "--address", &server.address])
            .current_dir(&workspace.path)
            .output()
            .expect("the binary runs");
        let said = complaints(&asked);
        assert!(asked.status.success(), "{mode}: {said}");
        assert_eq!(server.end("-TERM"), Some(0));
    }
}
