//! The voice of the command line: status, warnings and errors on stderr, data on stdout.
//!
//! Colours respect `NO_COLOR`, `--color` and whether anybody looks; no meaning lies in colour alone.
//! Nothing else in the crate prints.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::error::{Error, Problem};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
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
        let problems = error.problems.iter();
        let paragraphs: Vec<String> = problems
            .map(|problem| paragraph("error", BAD, problem))
            .collect();
        write_err(&paragraphs.join("\n"));
    }

    /// What may be wrong, a paragraph each, apart from what follows.
    pub(crate) fn warn(self, warnings: &[Problem]) {
        for problem in warnings {
            self.say(&format!("{}\n", paragraph("warning", DOUBTFUL, problem)));
        }
    }

    /// What the user asked for. Gives `false` if nobody reads it any more, which is no failure.
    pub(crate) fn data(self, text: &str) -> io::Result<bool> {
        match anstream::stdout().write_all(text.as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What would change, line by line: through a pager if somebody looks.
    pub(crate) fn diff(self, text: &str) -> io::Result<bool> {
        let text: String = text.split_inclusive('\n').map(colored).collect();
        if io::stdout().is_terminal() && !text.is_empty() {
            let color = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
            let plain = || anstream::adapter::strip_str(&text).to_string();
            if page(&if color { text.clone() } else { plain() }) {
                return Ok(true);
            }
        }
        self.data(&text)
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

/// A line of a diff in its colour.
fn colored(line: &str) -> String {
    let style = match line.as_bytes() {
        [b'+', b'+', ..] | [b'-', b'-', ..] => Style::new().bold(),
        [b'@', ..] => PLACE,
        [b'+', ..] => AnsiColor::Green.on_default(),
        [b'-', ..] => AnsiColor::Red.on_default(),
        _ => return line.to_owned(),
    };
    let text = line.strip_suffix('\n').unwrap_or(line);
    let end = if text.len() < line.len() { "\n" } else { "" };
    format!("{style}{text}{style:#}{end}")
}

/// Shows a text in the user's pager, or in `less`, which ends by itself where all fits; gives whether it was shown.
fn page(text: &str) -> bool {
    let wanted = ["PROTOSMITH_PAGER", "PAGER"]
        .into_iter()
        .find_map(std::env::var_os);
    let mut command = match wanted {
        // As git has it, an empty one is none.
        Some(pager) if pager.is_empty() => return false,
        // It may have arguments.
        Some(pager) => {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(pager);
            shell
        }
        None => Command::new("less"),
    };
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Whoever has seen enough closes it.
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().is_ok_and(|status| status.success())
}

fn paragraph(what: &str, style: Style, problem: &Problem) -> String {
    let mut text = format!("{style}{what}{style:#}: {}\n", problem.message);
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
