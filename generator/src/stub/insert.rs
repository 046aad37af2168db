//! Inserts functions into an `impl`: one insertion, before its closing brace.

use syn::ImplItem;

use super::find::Candidate;
use super::source::Source;

/// What comes where, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Insertion {
    /// Before this byte.
    pub(super) at: usize,
    /// This text.
    pub(super) text: String,
    /// Where in the text each function begins.
    pub(super) starts: Vec<usize>,
}

/// The blanks that the items of the block start with.
pub(super) fn indent(candidate: &Candidate<'_>) -> String {
    let Candidate { source, block, .. } = candidate;
    let first = block.items.first().and_then(|item| match item {
        ImplItem::Fn(item) => Some(item.sig.fn_token.span),
        ImplItem::Type(item) => Some(item.type_token.span),
        ImplItem::Const(item) => Some(item.const_token.span),
        _ => None,
    });
    let outer = source.indent(source.start(block.impl_token.span));
    let opened = source.line(block.brace_token.span.open());
    match first {
        // As the first item, if that begins a line.
        Some(span) if source.line(span) > opened => source.indent(source.start(span)).to_owned(),
        _ if outer.contains('\t') => format!("{outer}\t"),
        _ => format!("{outer}    "),
    }
}

/// How many columns the blanks are; a tab stands for four.
pub(super) fn columns(indent: &str) -> usize {
    indent.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// The insertion of functions that are laid out for the top level of a file.
pub(super) fn insertion(candidate: &Candidate<'_>, functions: &[String]) -> Insertion {
    let Candidate { source, block, .. } = candidate;
    let newline = newline(source);
    let indent = indent(candidate);
    let close = source.start(block.brace_token.span.close());
    let line_start = source.line_start(close);
    let before = source.text.get(line_start..close).unwrap_or_default();
    let is_own_line = before.trim().is_empty();

    let mut text = String::new();
    if !is_own_line {
        text += newline;
    }
    let mut starts = Vec::new();
    for (n, function) in functions.iter().enumerate() {
        if n > 0 || !block.items.is_empty() {
            text += newline;
        }
        starts.push(text.len());
        for line in function.trim_end().lines() {
            text += &indented(line, &indent);
            text += newline;
        }
    }
    if !is_own_line {
        text += source.indent(source.start(block.impl_token.span));
    }
    let at = if is_own_line { line_start } else { close };
    Insertion { at, text, starts }
}

/// The line of a function at the top level of a file, as it is inside blanks.
fn indented(line: &str, indent: &str) -> String {
    let line = line.strip_prefix("    ").unwrap_or(line);
    let inner = line.trim_start_matches(' ');
    let blanks = line.len() - inner.len();
    match (inner.is_empty(), indent.contains('\t')) {
        (true, _) => String::new(),
        (false, true) => format!(
            "{indent}{}{}{inner}",
            "\t".repeat(blanks / 4),
            " ".repeat(blanks % 4)
        ),
        (false, false) => format!("{indent}{line}"),
    }
}

/// How the lines of the file end.
pub(super) fn newline(source: &Source<'_>) -> &'static str {
    if source.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    }
}

/// The text with all insertions.
pub(super) fn apply(text: &str, mut insertions: Vec<Insertion>) -> String {
    insertions.sort_by_key(|insertion| insertion.at);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for insertion in &insertions {
        result += text.get(done..insertion.at).unwrap_or_default();
        result += &insertion.text;
        done = insertion.at;
    }
    result + text.get(done..).unwrap_or_default()
}
