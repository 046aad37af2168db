//! Looks over a text before it is parsed, for what a parser must not meet.

use super::editions::tokens;
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
    for (byte, token) in tokens(text) {
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
    Vec::new()
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
    }
}
