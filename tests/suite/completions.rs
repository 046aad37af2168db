//! The completion scripts are scripts, and know the commands.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::command::complaints;
use crate::workspace::protosmith;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = protosmith()
            .args(["completions", shell])
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).expect("text");
        for word in ["inspect", "completions", "preset"] {
            assert!(script.contains(word), "no `{word}` for {shell}");
        }
    }
}

#[test]
fn bash_can_read_its_script() {
    let script = protosmith()
        .args(["completions", "bash"])
        .output()
        .expect("it runs")
        .stdout;
    let Ok(mut bash) = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() else {
        return eprintln!("skipped: there is no bash here");
    };
    bash.stdin
        .take()
        .expect("stdin is piped")
        .write_all(&script)
        .expect("bash reads");
    assert!(bash.wait().expect("bash ends").success());
}

/// `protosmith inspect | head -1`: a reader that goes away is no failure.
#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = protosmith()
        .args(["inspect", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", complaints(&output));
}
