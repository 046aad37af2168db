//! The running binary takes new settings, and tells what it makes of them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};

use serde_json::Value;

use harness::command::{FOLDER, with_settings};

mod harness;

/// A server process that ends with the test.
struct Process(Child);

impl Process {
    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let kill = Command::new("kill").args([name, &pid]).status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already in most tests.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Settings that change at nothing but a signal.
fn settings(seconds: u64) -> String {
    format!(
        "server: {{shutdown: {{timeout: 5s}}}}\n\
         reload: {{watch: false, poll: 0s}}\n\
         deadline: {{unary: {seconds}s}}\n\
         policy: [{{methods: '*', public: true}}]\n"
    )
}

#[test]
fn a_hangup_has_the_settings_read_again() {
    let file = Path::new(FOLDER).join("hangup.yaml");
    fs::write(&file, settings(20)).unwrap();
    let mut child = with_settings(&file, &["serve"]).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut events = lines.map_while(|line| serde_json::from_str::<Value>(&line.ok()?).ok());
    let mut server = Process(child);
    let mut event = |message: &str| {
        let event = events.find(|event| event["message"] == message);
        event.expect("the server tells of it")
    };
    event("listening");

    fs::write(&file, settings(21)).unwrap();
    server.signal("-HUP");
    assert_eq!(event("settings reloaded")["generation"], 2);

    fs::write(&file, settings(22) + "nonsense: true\n").unwrap();
    server.signal("-HUP");
    let refused = event("settings refused: the old ones stay");
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains("hangup.yaml:5:1: `nonsense`: "), "{error}");

    fs::write(&file, settings(23) + "messages: {receive: 1MiB}\n").unwrap();
    server.signal("-HUP");
    assert_eq!(event("settings need a restart")["keys"], "messages.receive");
    assert_eq!(event("settings reloaded")["generation"], 3);

    server.signal("-TERM");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
}
