//! The line that makes a new handler's file part of the crate.

use syn::Item;

use super::insert::{self, Insertion};
use super::scope::plain;
use super::source::Source;

/// `pub mod NAME;` where it belongs among its kind; `None` if there is such a module.
pub(super) fn declaration(source: &Source<'_>, name: &str) -> Option<Insertion> {
    let newline = insert::newline(source);
    let modules: Vec<_> = source
        .file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(item) => Some(item),
            _ => None,
        })
        .collect();
    if modules.iter().any(|module| plain(&module.ident) == name) {
        return None;
    }
    let line = format!("pub mod {name};{newline}");
    let plain_lines: Vec<_> = modules
        .iter()
        .filter(|module| module.semi.is_some() && module.attrs.is_empty())
        .map(|module| (plain(&module.ident), module.mod_token.span))
        .collect();
    let (at, text) =
        if let Some((_, span)) = plain_lines.iter().find(|(other, _)| other.as_str() > name) {
            (source.line_start(source.start(*span)), line)
        } else if let Some((_, span)) = plain_lines.last() {
            after(source, source.start(*span), newline, line)
        } else {
            let end = source.text.len();
            let apart = match source.text.ends_with('\n') || source.text.is_empty() {
                true => newline.to_owned(),
                false => newline.repeat(2),
            };
            (end, apart + &line)
        };
    Some(Insertion {
        at,
        text,
        starts: vec![0],
    })
}

/// A line of its own after the line of that byte.
fn after(source: &Source<'_>, byte: usize, newline: &str, line: String) -> (usize, String) {
    let rest = source.text.get(byte..).unwrap_or_default();
    match rest.find('\n') {
        Some(end) => (byte + end + 1, line),
        None => (source.text.len(), format!("{newline}{}", line.trim_end())),
    }
}
