//! The voice of the command line: status, warnings and errors on stderr, data on stdout.
//!
//! Colours respect `NO_COLOR`, `--color` and whether anybody looks; no meaning lies in colour alone.
//! Nothing else in the crate prints.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::error::{Error, Problem};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// How long work may take before the user is told what is going on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether to write in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also into a pipe.
    Always,
    /// Not at all.
    Never,
}

/// Where messages go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shell {
    /// Only errors and what was asked for.
    pub(crate) quiet: bool,
}

// === impl Shell ===

impl Shell {
    /// A shell with the colours the user wants.
    pub(crate) fn new(color: Color, quiet: bool) -> Self {
        match color {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { quiet }
    }

    /// What was done: a verb, right-aligned as cargo does it, and its object.
    pub(crate) fn status(self, verb: &str, object: &str) {
        if !self.quiet {
            write_err(&format!("{GOOD}{verb:>12}{GOOD:#} {object}\n"));
        }
    }

    /// Plain text for a person, between and after the status lines.
    pub(crate) fn say(self, text: &str) {
        if !self.quiet {
            write_err(text);
        }
    }

    /// All that is wrong, a paragraph each.
    pub(crate) fn error(self, error: &Error) {
        let paragraphs: Vec<String> = error.problems.iter().map(paragraph).collect();
        write_err(&paragraphs.join("\n"));
    }

    /// What the user asked for. Gives `false` if nobody reads it any more, which is no failure.
    pub(crate) fn data(self, text: &str) -> io::Result<bool> {
        match anstream::stdout().write_all(text.as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Does `work`; if it takes more than a second and somebody looks, says what is going on.
    pub(crate) fn patiently<T>(self, what: &str, work: impl FnOnce() -> T) -> T {
        if self.quiet || !io::stderr().is_terminal() {
            return work();
        }
        let (done, wait) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    self.status("Working", what);
                }
            });
            let result = work();
            drop(done);
            result
        })
    }
}

fn paragraph(problem: &Problem) -> String {
    let mut text = format!("{BAD}error{BAD:#}: {}\n", problem.message);
    if let Some(place) = &problem.at {
        text += &format!("  {PLACE}-->{PLACE:#} {place}\n");
    }
    if let Some(hint) = &problem.hint {
        text += &format!("\n{PLACE}hint{PLACE:#}: {hint}\n");
    }
    text
}

/// A closed stderr is no reason to fail: there is nobody left to tell.
fn write_err(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
