//! Looks over a text before it is parsed, for what a parser must not meet.

use super::locate::position;
use crate::error::Problem;

/// How deep braces and brackets may nest: three times what `protoc` lets messages nest.
///
/// The parser recurses, so this is what keeps a malicious file from ending the program.
const DEPTH: usize = 100;

/// Problems that make parsing pointless, with their places in `shown`; empty if there are none.
pub(super) fn problems(text: &str, shown: &str) -> Vec<Problem> {
    let at = |problem: Problem, byte: usize| {
        let (line, column) = position(text, byte);
        vec![problem.at(shown, line, column)]
    };
    if text.trim().is_empty() {
        return vec![Problem::new(format!("`{shown}` is empty")).at(shown, None, None)];
    }
    if let Some(byte) = text.find('\0') {
        return at(Problem::new("found a NUL character, expected text"), byte);
    }
    let mut depth: usize = 0;
    let mut words = Vec::new();
    for (byte, token) in tokens(text) {
        if words.len() < 3 {
            words.push((byte, token));
        }
        match token {
            "{" | "[" | "(" | "<" => depth += 1,
            "}" | "]" | ")" | ">" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return at(
                Problem::new(format!("nested deeper than {DEPTH} levels")),
                byte,
            );
        }
    }
    if let [(byte, "edition"), (_, "="), (_, edition)] = words.as_slice() {
        return at(edition_problem(edition), *byte);
    }
    Vec::new()
}

/// Neither the parser nor the code generator knows editions.
fn edition_problem(edition: &str) -> Problem {
    Problem::new(format!("`edition = {edition}` is not supported, expected `syntax = \"proto3\"` or `\"proto2\"`")).hint(
        "write `syntax = \"proto3\";` and put `optional` before each singular field that is no message, unless its \
         `features.field_presence` is `IMPLICIT`; remove the `features` options. The bytes on the wire stay the same, \
         as long as no feature but the presence of fields is set",
    )
}

/// The tokens that matter here: words, strings and single signs, without comments.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else if first.is_whitespace() {
                first.len_utf8()
            } else {
                let length = match first {
                    '"' | '\'' => string(rest, first),
                    _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                    _ => first.len_utf8(),
                };
                let start = at;
                at += length;
                return Some((start, rest.get(..length)?));
            };
            at += length;
        }
    })
}

/// The length of a string with its quotes; it ends with the line at the latest.
fn string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        problems(text, "x.proto")
            .into_iter()
            .next()
            .map(|problem| crate::error::Error::from(problem).to_string())
            .unwrap_or_default()
    }

    #[test]
    fn sees_what_a_parser_must_not_meet() {
        assert_eq!(said("message A { string s = 1; }"), "");
        assert_eq!(said("// { \n/* [[[ */ option a = \"{{{\\\"{\";"), "");
        assert!(said(" \n ").contains("is empty"));
        assert!(said("message A {\0}").contains("NUL"));
        assert!(said(&"{".repeat(101)).contains("nested deeper"));
        assert_eq!(said(&"{}".repeat(1000)), "");
        assert!(
            said("// first\nedition = \"2023\";")
                .starts_with("error: `edition = \"2023\"` is not supported")
        );
    }
}
