//! The binary of the server as a process, and what it logs.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long the log may be silent on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server process that ends with the test.
pub(crate) struct Process {
    child: Child,
    /// What is written to standard output, line by line.
    lines: Receiver<io::Result<String>>,
}

impl Process {
    /// Starts what `command` says.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("cargo has built the binary");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, lines) = channel();
        // Whoever logs must not block on a full pipe; nobody may be left to read it.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// The lines of standard output that nobody has looked at, to its end.
    pub(crate) fn lines(&self) -> impl Iterator<Item = io::Result<String>> {
        std::iter::from_fn(|| self.lines.recv_timeout(PATIENCE).ok())
    }

    /// The events of the log that nobody has looked at.
    pub(crate) fn events(&self) -> impl Iterator<Item = Value> {
        // A killed server leaves a piece of a line.
        self.lines()
            .map_while(|line| serde_json::from_str(&line.ok()?).ok())
    }

    /// The next event of the log that says `message`.
    pub(crate) fn event(&self, message: &str) -> Value {
        let event = self.events().find(|event| event["message"] == message);
        event.expect("the server tells of it")
    }

    /// The address that the next event tells which says `message`.
    pub(crate) fn address(&self, message: &str) -> SocketAddr {
        let event = self.event(message);
        let address = event["address"].as_str().expect("the event has an address");
        address.parse().expect("it is one")
    }

    /// Sends a signal, such as `-TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([name, &pid]).status();
        assert!(kill.expect("there is a `kill`").success());
    }

    /// Waits for the end; the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let status = self.child.wait().expect("the process can be waited for");
        status.code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
