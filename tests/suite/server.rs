//! Generated servers that run, and those who call them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::{named, succeeds};
use crate::workspace::{SAMPLE, Workspace, repository};

/// How long a server may take to start or to end on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A generated server that runs.
pub(crate) struct Server {
    process: Child,
    /// Where it listens.
    pub(crate) address: String,
    /// Where its admin port listens, if it has one.
    pub(crate) admin: Option<String>,
}

impl Server {
    /// Starts the binary on free ports, and waits for the addresses that it logs.
    pub(crate) fn start(workspace: &Workspace, name: &str) -> Self {
        Self::start_with(workspace, name, &[])
    }

    /// The same with arguments.
    pub(crate) fn start_with(workspace: &Workspace, name: &str, arguments: &[&str]) -> Self {
        let prefix = name.to_uppercase().replace('-', "_");
        let mut command = Command::new(workspace.binary(name));
        command
            .current_dir(&workspace.path)
            .env(format!("{prefix}__SERVER__PORT"), "0")
            .env(format!("{prefix}__LOGGING__FORMAT"), "json")
            .args(arguments)
            .stdout(Stdio::piped());
        if workspace.path.join("crates/chassis/src/admin").exists() {
            command.env(format!("{prefix}__ADMIN__PORT"), "0");
        }
        let mut process = command.spawn().expect("the server starts");
        let mut log = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let mut admin = None;
        let address = loop {
            let line = log
                .next()
                .expect("the server says where it listens")
                .expect("its log is text");
            let event: serde_json::Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let address = event["address"].as_str().map(str::to_owned);
            if event["message"] == "admin listening" {
                admin = address;
            } else if event["message"] == "listening" {
                break address.expect("an address");
            }
        };
        // A full pipe would block the server.
        std::thread::spawn(move || log.for_each(drop));
        Self {
            process,
            address,
            admin,
        }
    }

    /// The same with settings, which it reads before it listens.
    pub(crate) fn configured(workspace: &Workspace, name: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.yaml");
        fs::write(&file, settings).expect("written");
        let file = file.to_str().expect("UTF-8");
        Self::start_with(workspace, name, &["--config", file])
    }

    /// The sample with all features, and stores that do not answer: their metrics are there nevertheless.
    pub(crate) fn with_stores() -> Self {
        let mut settings =
            fs::read_to_string(SAMPLE.path.join("config/dev.yaml")).expect("rendered");
        settings += "
database: {url: 'postgres://nobody@127.0.0.1:1/nothing'}
redis: {url: 'redis://127.0.0.1:1'}
";
        Self::configured(&SAMPLE, "greeter", &settings)
    }

    /// Sends a signal, waits for the end, gives the exit code.
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .expect("kill runs")
                .success()
        );
        let ended = || self.process.try_wait().expect("a child");
        let missed = || format!("the server does not end after {signal}");
        until(missed, ended).code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// Any other program that serves; it ends with the test.
pub(crate) struct Background(Child);

impl Background {
    /// Starts it, and waits until it listens at `address`.
    pub(crate) fn start(command: &mut Command, address: &str) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let background = Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")));
        listens(address, || format!("{command:?} does not listen"));
        background
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Waits until somebody listens at `address`.
pub(crate) fn listens(address: &str, missed: impl FnOnce() -> String) {
    until(missed, || TcpStream::connect(address).ok());
}

/// Asks until there is an answer; panics with what was `missed` if there is none for long.
pub(crate) fn until<T>(missed: impl FnOnce() -> String, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        if start.elapsed() >= PATIENCE {
            panic!("{}", missed());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts a client of `tests/foreign` that goes on until its servers are gone; gives its first line as well, which it
/// writes when it calls.
pub(crate) fn calling(client: &str, arguments: &[&OsStr]) -> (Child, String) {
    let mut caller = Command::new(interpreter())
        .arg(repository("tests/foreign").join(client))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut line = String::new();
    let mut said = BufReader::new(caller.stdout.take().expect("piped"));
    said.read_line(&mut line).expect("UTF-8");
    // Open until it ends: it may have more to say.
    caller.stdout = Some(said.into_inner());
    (caller, line.trim_end().to_owned())
}

/// Runs a client of `tests/foreign`, which exits 0 if every answer is right.
pub(crate) fn python(client: &str, arguments: &[&OsStr]) {
    succeeds(
        Command::new(interpreter())
            .arg(repository("tests/foreign").join(client))
            .args(arguments),
    );
}

/// A Python with `tests/foreign/requirements.txt`.
pub(crate) fn interpreter() -> OsString {
    named(
        "PROTOSMITH_PYTHON",
        "a Python with tests/foreign/requirements.txt",
    )
}

/// The body of a page of the admin port.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    body.to_owned()
}
