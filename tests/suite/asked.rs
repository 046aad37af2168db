//! On a terminal, `new` asks for what it was not told, and shows the command that would have said it.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program on a terminal of its own.
struct Terminal {
    process: Child,
    output: Receiver<String>,
    seen: String,
}

impl Terminal {
    /// `None` where there is no `script` to make a terminal with.
    fn start(folder: &std::path::Path, command: &str) -> Option<Self> {
        let mut process = Command::new("script")
            .args(["--quiet", "--return", "--command", command, "/dev/null"])
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut screen = process.stdout.take()?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = screen.read(&mut bytes) {
                let _ = sender.send(String::from_utf8_lossy(&bytes[..n]).into_owned());
            }
        });
        Some(Self {
            process,
            output,
            seen: String::new(),
        })
    }

    /// Waits until the screen has shown the text, then types.
    fn answer(&mut self, question: &str, keys: &str) {
        self.wait(question);
        self.seen.clear();
        let keyboard = self.process.stdin.as_mut().expect("stdin is piped");
        keyboard
            .write_all(keys.as_bytes())
            .expect("the program reads");
    }

    fn wait(&mut self, text: &str) {
        while !self.seen.contains(text) {
            match self.output.recv_timeout(PATIENCE) {
                Ok(more) => self.seen += &more,
                Err(_) => panic!("`{text}` is not shown:\n{}", self.seen),
            }
        }
    }
}

#[test]
fn what_is_missing_is_asked_for() {
    let home = tempfile::tempdir().expect("a folder");
    let command = format!("{} new", env!("CARGO_BIN_EXE_protosmith"));
    let Some(mut terminal) = Terminal::start(home.path(), &command) else {
        return eprintln!("skipped: `script` is not to be had here");
    };
    terminal.answer("Name of the project", "3d\r");
    terminal.answer("must start with a letter", "\u{7f}\u{7f}shop\r");
    terminal.answer("Proto file", "\r");
    // The first feature is ticked; a blank takes it away.
    terminal.answer("Features", " \r");
    terminal.wait("protosmith new shop --without health");
    terminal.wait("Created");
    assert!(terminal.process.wait().expect("it ends").success());
    assert!(home.path().join("shop/Cargo.toml").exists());
    assert!(
        !home
            .path()
            .join("shop/crates/chassis/src/health.rs")
            .exists()
    );
}

#[test]
fn an_interrupt_at_a_question_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let command = format!("{} new", env!("CARGO_BIN_EXE_protosmith"));
    let Some(mut terminal) = Terminal::start(home.path(), &command) else {
        return eprintln!("skipped: `script` is not to be had here");
    };
    terminal.answer("Name of the project", "\u{3}");
    assert_eq!(terminal.process.wait().expect("it ends").code(), Some(130));
    assert_eq!(
        std::fs::read_dir(home.path()).expect("the folder").count(),
        0
    );
}
