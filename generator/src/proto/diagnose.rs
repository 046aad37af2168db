//! Turns the errors of the proto compiler into problems.

use miette::Diagnostic;

use super::policy;
use super::reading::Reading;
use crate::error::Problem;

/// How many problems of one file are told; nobody mends more at once.
const MOST: usize = 50;

/// All that the compiler found in one file, with what it read and the path that is shown for it.
pub(super) fn problems(error: &dyn Diagnostic, reading: &Reading<'_>, shown: &str) -> Vec<Problem> {
    let all: Vec<&dyn Diagnostic> = std::iter::once(error)
        .chain(error.related().into_iter().flatten())
        .collect();
    let mut problems: Vec<Problem> = all
        .iter()
        .take(MOST)
        .map(|error| problem(*error, reading, shown))
        .collect();
    problems.dedup();
    if all.len() > MOST {
        problems.push(
            Problem::new(format!("and {} more in this file", all.len() - MOST))
                .at(shown, None, None),
        );
    }
    problems
}

/// One of them.
fn problem(error: &dyn Diagnostic, reading: &Reading<'_>, shown: &str) -> Problem {
    let labels: Vec<_> = error.labels().into_iter().flatten().collect();
    // Of two places, the later one is the mistake: "first defined here", "found here".
    let label = labels
        .iter()
        .find(|label| {
            label
                .label()
                .is_some_and(|said| said.starts_with("found") || said.starts_with('…'))
        })
        .or_else(|| {
            labels
                .iter()
                .find(|label| label.label().is_some_and(|said| said.contains("again")))
        })
        .or_else(|| {
            labels
                .iter()
                .find(|label| label.label() == Some("defined here"))
        })
        .or_else(|| labels.first());
    let help = error.help().map(|help| help.to_string());
    // The parser calls two things by one name.
    let message = match &help {
        Some(help) if help.starts_with("imports may not") => "invalid import".to_owned(),
        _ => match error.source() {
            Some(reason) => quoted(&format!("{error}: {reason}")),
            None => quoted(&error.to_string()),
        },
    };
    let problem = Problem::new(message);
    let problem = match label {
        Some(label) => {
            let (line, column) = reading.position(label.offset());
            problem.at(shown, line, column)
        }
        None if error.to_string().ends_with("end of file") => {
            let (line, column) = reading.position(reading.text().len());
            problem.at(shown, line, column)
        }
        None => problem.at(shown, None, None),
    };
    let ours = problem.message.starts_with("name `protosmith.");
    match help {
        Some(help) => problem.hint(hint(&help)),
        None if ours => problem.hint(format!("add `import \"{}\";`", policy::NAME)),
        None => problem,
    }
}

/// Says what to write where the compiler only says what is missing.
fn hint(help: &str) -> String {
    let missing = || {
        let (_, rest) = help.rsplit_once("' is defined in '")?;
        let (file, rest) = rest.split_once("', which is not imported by '")?;
        Some(format!(
            "add `import \"{file}\";` to `{}`",
            rest.trim_end_matches('\'')
        ))
    };
    missing().unwrap_or_else(|| quoted(help))
}

/// Puts names into backticks, which the compiler puts into single quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        // An apostrophe stands between two letters.
        let inside =
            before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        quoted.push(if letter == '\'' && !inside {
            '`'
        } else {
            letter
        });
        before = letter;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_into_backticks() {
        assert_eq!(
            quoted("expected 'a' or 'b', don't"),
            "expected `a` or `b`, don't"
        );
        assert_eq!(
            hint("'p.C' is defined in 'c.proto', which is not imported by 'main.proto'"),
            "add `import \"c.proto\";` to `main.proto`"
        );
    }
}
