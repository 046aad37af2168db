//! The running binary takes new settings, and tells what it makes of them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;

use harness::command::{FOLDER, with_settings};
use harness::files::replace;
use harness::process::Process;

mod harness;

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
    let mut server = Process::start(with_settings(&file, &["serve"]));
    server.event("listening");

    replace(&file, settings(21));
    server.signal("-HUP");
    assert_eq!(server.event("settings reloaded")["generation"], 2);

    replace(&file, settings(22) + "nonsense: true\n");
    server.signal("-HUP");
    let refused = server.event("settings refused: the old ones stay");
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains("hangup.yaml:5:1: `nonsense`: "), "{error}");

    replace(&file, settings(23) + "messages: {receive: 1MiB}\n");
    server.signal("-HUP");
    assert_eq!(
        server.event("settings need a restart")["keys"],
        "messages.receive"
    );
    assert_eq!(server.event("settings reloaded")["generation"], 3);

    server.signal("-TERM");
    assert_eq!(server.ended(), Some(0));
}
