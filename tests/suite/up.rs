//! `just up`: the newcomer's one command starts nginx and its servers.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::built::building;
use crate::gateway::{Gateway, certificate, ports};
use crate::hello;
use crate::server::{Server, interpreter, listens, python};
use crate::workspace::{Workspace, protosmith, slow};

/// The newcomer's one command.
#[test]
fn one_command_runs_it_all() {
    if !slow("`just up`") {
        return;
    }
    let workspace = Workspace::new("up", &["--preset", "minimal", "--with", "nginx,health"]);
    runs(&workspace);
}

/// The same with TLS behind nginx, where nobody but nginx may call.
#[test]
fn nginx_and_the_servers_know_each_other() {
    if !slow("`just up` with mutual TLS") {
        return;
    }
    let workspace = Workspace::new(
        "mutual",
        &["--preset", "minimal", "--with", "nginx,health,tls"],
    );
    let settings = workspace.path.join("protosmith.toml");
    let text = fs::read_to_string(&settings).expect("rendered");
    let text = text.replace("mutual_tls = false", "mutual_tls = true");
    fs::write(&settings, text).expect("written");
    let synced = protosmith()
        .args(["sync", "-q"])
        .current_dir(&workspace.path)
        .status();
    assert!(synced.expect("protosmith runs").success());
    let files =
        ["listen.conf", "servers.conf"].map(|file| workspace.path.join("deploy/nginx").join(file));
    let before = files
        .each_ref()
        .map(|file| fs::read(file).expect("rendered"));
    runs(&workspace);
    for (file, text) in files.iter().zip(before) {
        fs::write(file, text).expect("written");
    }

    // A server that has another certificate is none to nginx, nor is one without TLS.
    let folder = tempfile::tempdir().expect("a folder");
    certificate(&workspace, folder.path(), &["mutual"]);
    let shown = folder.path().display();
    let impostor = format!(
        "server: {{host: 127.0.0.1}}\ntls: {{mode: server, certificate: {shown}/tls.crt, key: {shown}/tls.key}}\n"
    );
    for settings in [&*impostor, "server: {host: 127.0.0.1}\n"] {
        let server = Server::configured(&workspace, "mutual", settings);
        let gateway = Gateway::start(&workspace, &[&server.address]);
        gateway.python("unavailable");
    }
}

/// `just up` starts it all, which answers, and ends it all.
fn runs(workspace: &Workspace) {
    let configuration = workspace.path.join("deploy/nginx");
    let free = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let servers = free
        .each_ref()
        .map(|listener| listener.local_addr().expect("an address").to_string());
    drop(free);
    let port = ports(&configuration, &servers.each_ref().map(|server| &**server));
    let folder = tempfile::tempdir().expect("a folder");
    let said_by_servers = folder.path().join("log");
    let mut up = Command::new(Path::new(&interpreter()).with_file_name("just"));
    let mut up = building(&mut up)
        .arg("up")
        .current_dir(&workspace.path)
        .stdout(File::create(&said_by_servers).expect("made"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash runs");
    let mut said = BufReader::new(up.stderr.take().expect("piped")).lines();
    let mut all = String::new();
    loop {
        let line = said.next().unwrap_or_else(|| panic!("{all}"));
        let line = line.expect("UTF-8");
        if line.starts_with("listening at https://localhost:") {
            break;
        }
        all += &(line + "\n");
    }
    std::thread::spawn(move || said.for_each(drop));
    let address = format!("localhost:{port}");
    listens(&address, || all);
    let certificate = configuration.join("tls/tls.crt");
    python(
        "proxied.py",
        &["hello".as_ref(), address.as_ref(), certificate.as_os_str()],
    );
    // The servers know who called nginx.
    let server = format!("https://{address}");
    hello::call(&server, &certificate, &["--interface", "127.0.0.2"]);
    let log = fs::read_to_string(&said_by_servers).expect("a log");
    let mut calls = log.lines().filter(|line| line.contains("call ended"));
    assert_eq!(calls.clone().count(), 2, "{log}");
    assert!(
        calls
            .next_back()
            .is_some_and(|line| line.contains("127.0.0.2")),
        "{log}"
    );
    // With mutual TLS they answer nobody else.
    let is_mutual = configuration.join("tls/nginx").exists();
    for server in &servers {
        let call = Command::new(interpreter())
            .args([
                "-c",
                "import grpc, sys
with grpc.insecure_channel(sys.argv[1]) as channel:
    channel.unary_unary('/greeter.v1.Greeter/SayHello')(b'\\n\\x03Ada', timeout=10)
",
            ])
            .arg(server)
            .stderr(Stdio::null())
            .status();
        assert_ne!(call.expect("Python runs").success(), is_mutual);
    }
    let ended = Command::new("kill")
        .args(["-TERM", &up.id().to_string()])
        .status();
    assert!(ended.expect("kill runs").success());
    // What `just` is told by a signal, it tells when its recipe has ended.
    assert_eq!(up.wait().expect("it ends").code(), Some(128 + 15));
    for address in servers.iter().chain([&address]) {
        assert!(TcpStream::connect(address).is_err(), "{address} is left");
    }
}
