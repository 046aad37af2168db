//! nginx in front of servers, with the configuration that is rendered: real processes, real TLS.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::command::{complaints, succeeds, text};
use crate::gateway::{Gateway, audited, copied, ended, nginx, server};
use crate::hello;
use crate::server::{calling, interpreter, until};
use crate::workspace::{SAMPLE, Workspace, repository, slow};

/// Calls of all kinds pass, are shared among the servers, and end there as they end for the caller.
#[test]
fn nginx_balances_and_keeps_what_grpc_means() {
    if !slow("nginx in front of three servers") {
        return;
    }
    let servers = [(); 3].map(|()| server());
    let addresses = servers.each_ref().map(|server| &*server.address);
    let gateway = Gateway::start(&SAMPLE, &addresses);
    gateway.python("calls");

    let mut greeted = servers
        .each_ref()
        .map(|server| ended(server, "SayHello", &["OK"]));
    // A stream is open all the time at one of them: who has nothing to do gets the calls.
    greeted.sort_unstable();
    assert!(greeted[0] < 10 && greeted[1] >= 20, "{greeted:?}");
    // One caller was out of time and one hung up: a server saw both.
    let seen = |server| ended(server, "Chat", &["CANCELLED", "DEADLINE_EXCEEDED"]);
    until(
        || "a call goes on without caller".to_owned(),
        || (servers.iter().map(seen).sum::<u64>() >= 2).then_some(()),
    );
    let admin = get_tls(&gateway, "/metrics");
    assert!(admin.starts_with("HTTP/1.1 404 "), "{admin}");
    let health = get_tls(&gateway, "/health");
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");

    let log = gateway.log();
    let complaints = log.lines().filter(|line| !line.starts_with('{'));
    let complaints = complaints.filter(|line| {
        // Large requests that are kept for a repetition are kept there, and larger ones refused.
        [
            "RLIMIT_NOFILE",
            "\"listen ... http2\"",
            "temporary file",
            "too large",
        ]
        .iter()
        .all(|known| !line.contains(known))
    });
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// A server knows a call by the ids and in the trace that its caller gave, and by the id in nginx' log.
#[test]
fn a_call_keeps_its_ids() {
    if !slow("nginx in front of a server that audits") {
        return;
    }
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let folder = tempfile::tempdir().expect("a folder");
    let audit = folder.path().join("audit.jsonl");
    let server = audited(audit.to_str().expect("UTF-8"));
    let gateway = Gateway::start(&SAMPLE, &[&server.address]);
    let address = format!("https://{}", gateway.address);
    let certificate = gateway.certificate();
    let traced = format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01");
    hello::call(
        &address,
        &certificate,
        &["-H", &traced, "-H", "x-request-id: mine"],
    );
    hello::call(&address, &certificate, &[]);
    assert_eq!(server.end("-TERM"), Some(0));
    let text = fs::read_to_string(&audit).expect("an audit");
    let records: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [own, given] = &records[..] else {
        panic!("{text}")
    };
    assert_eq!(
        (&own["trace_id"], &own["request_id"]),
        (&TRACE.into(), &"mine".into())
    );
    let id = given["request_id"].as_str().expect("an id");
    let log = gateway.log();
    assert!(
        log.contains(&format!("\"request_id\":\"{id}\"")),
        "{id}: {log}"
    );
    assert_ne!(given["trace_id"], TRACE);
}

/// An address that calls too often is told so, in gRPC's words.
#[test]
fn an_address_has_a_limit() {
    if !slow("a flood of calls through nginx") {
        return;
    }
    let server = server();
    // The burst is 1000 calls, however slow this machine is.
    let change = ("nginx.conf", "rate=1000r/s", "rate=1r/m");
    let gateway = Gateway::start_changed(&SAMPLE, &[&server.address], &[change]);
    flood(&gateway, 1500);
    // A call is logged a moment after its caller has read the answer.
    let counted = |status| {
        let logged = format!("\"grpc_status\":\"{status}\"");
        gateway.log().matches(&logged).count()
    };
    let refused = until(
        || format!("{} + {}", counted("8"), counted("0")),
        || {
            let refused = counted("8");
            (refused + counted("0") == 1500).then_some(refused)
        },
    );
    assert!((490..=500).contains(&refused), "{refused}");
}

/// A server that is killed costs no call that may be repeated; none at all is UNAVAILABLE.
#[test]
fn a_killed_server_costs_no_call_that_may_be_repeated() {
    if !slow("a server that is killed behind nginx") {
        return;
    }
    let [first, second, third] = [(); 3].map(|()| server());
    let addresses = [&first, &second, &third].map(|server| &*server.address);
    let gateway = Gateway::start(&SAMPLE, &addresses);
    let certificate = gateway.certificate();
    let (mut caller, begun) = calling(
        "proxied.py",
        &[
            "steadily".as_ref(),
            gateway.address.as_ref(),
            certificate.as_os_str(),
        ],
    );
    assert_eq!(begun, "calling");
    first.end("-KILL");
    second.end("-KILL");
    assert!(
        caller.wait().expect("it ends").success(),
        "{}",
        gateway.log()
    );
    assert!(ended(&third, "SayHello", &["OK"]) > 0);
    third.end("-KILL");
    gateway.python("unavailable");
}

/// The server dies with the call in its hands: another gets it if the proto says that this does no harm.
#[test]
fn a_call_in_flight_is_repeated_if_that_does_no_harm() {
    if !slow("a server that dies with calls in flight behind nginx") {
        return;
    }
    let good = server();
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = deaf.local_addr().expect("an address").to_string();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in deaf.incoming() {
            let Ok(mut stream) = stream else { return };
            // Takes the call, then is gone.
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let gateway = Gateway::start(&SAMPLE, &[&address, &good.address]);
    gateway.python("safe");
    assert!(taken.load(Ordering::SeqCst) > 0, "no call was lost");

    let gateway = Gateway::start(&SAMPLE, &[&address, &good.address]);
    let before = taken.load(Ordering::SeqCst);
    gateway.python("unsafe");
    let lost = taken.load(Ordering::SeqCst) - before;
    assert!(lost > 0, "no call was lost");
    assert_eq!(
        ended(&good, "GreetAll", &["OK"]) as usize,
        6 - lost,
        "a call was repeated that may do harm"
    );
}

/// A server that says nothing in time is not waited for, and the caller reads a status.
#[test]
fn a_silent_server_is_a_deadline() {
    if !slow("a server behind nginx that is silent") {
        return;
    }
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = deaf.local_addr().expect("an address").to_string();
    let held = std::thread::spawn(move || deaf.accept().expect("nginx calls"));
    let change = (
        "methods.conf",
        "grpc_read_timeout 60s;",
        "grpc_read_timeout 1s;",
    );
    let gateway = Gateway::start_changed(&SAMPLE, &[&address], &[change]);
    gateway.python("silent");
    drop(held.join());
}

/// The tools that judge nginx's configuration find nothing, with the sample and with anybody's protos.
#[test]
fn the_configuration_is_sound() {
    if !slow("nginx and gixy judge the configuration") {
        return;
    }
    let [shop, stock] = [
        "examples/protos/acme/shop/v1/shop.proto",
        "examples/protos/acme/stock/v1/stock.proto",
    ]
    .map(repository);
    let protos = [shop.to_str(), stock.to_str()].map(|path| path.expect("UTF-8"));
    let others = Workspace::new(
        "proxied",
        &[
            "--preset", "minimal", "--with", "nginx", "--proto", protos[0], "--proto", protos[1],
        ],
    );
    for rendered in [&SAMPLE, &others] {
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = copied(rendered, folder.path());
        let judged = nginx(folder.path(), &configuration)
            .arg("-t")
            .output()
            .expect("nginx is installed");
        let said = complaints(&judged);
        assert!(judged.status.success(), "{said}");
        let gixy = Command::new(interpreter())
            // The reason is in the file.
            .args(["-m", "gixy", "--skips", "hsts_header"])
            .arg(configuration.join("nginx.conf"))
            .output()
            .expect("Python runs");
        let said = String::from_utf8_lossy(&gixy.stdout);
        assert!(
            gixy.status.success() && said.contains("No issues found"),
            "{said}{}",
            complaints(&gixy)
        );
    }
}

/// That many calls, as fast as they go.
fn flood(gateway: &Gateway, calls: u64) {
    let server = format!("https://{}", gateway.address);
    let said = hello::load(&server, calls, &["-c", "1", "-m", "100"]);
    assert!(said.contains(&format!("{calls} succeeded")), "{said}");
}

/// What a browser would get.
fn get_tls(gateway: &Gateway, path: &str) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--include", "--http1.1"])
        .arg("--cacert")
        .arg(gateway.certificate())
        .arg(format!("https://{}{path}", gateway.address));
    text(&succeeds(&mut curl))
}
