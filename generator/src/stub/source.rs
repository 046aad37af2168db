//! Parses a file of the user's, and knows the places in it.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::error::Problem;

/// The largest file that is looked into, in bytes.
const LIMIT: usize = 1 << 20;

/// How deep brackets may nest, and how many tokens that open nothing may follow each other without a break. The parser
/// recurses, so this is what keeps odd text from ending the program.
const DEPTH: usize = 200;

/// A file that is Rust.
pub(super) struct Source<'a> {
    /// As the user would open it.
    pub(super) path: &'a str,
    /// All of it.
    pub(super) text: &'a str,
    /// The bytes before what was parsed: a byte order mark and a shebang line.
    pub(super) skipped: usize,
    /// What it says.
    pub(super) file: syn::File,
}

impl<'a> Source<'a> {
    /// Parses the text at that path.
    ///
    /// # Errors
    /// It is not UTF-8, not Rust, or deeper than anybody writes.
    pub(super) fn parse(path: &'a str, bytes: &'a [u8]) -> Result<Self, Problem> {
        let whole = |message: String| Problem::new(message).at(path, None, None);
        let text = std::str::from_utf8(bytes)
            .map_err(|_| whole(format!("`{path}` is not UTF-8")).hint("save it as UTF-8"))?;
        if text.len() > LIMIT {
            return Err(whole(format!("`{path}` is larger than {LIMIT} bytes")));
        }
        let parsed = parsed(text);
        let skipped = text.len() - parsed.len();
        let wrong = |error: syn::Error| {
            let start = error.span().start();
            let line = start.line + lines(text.get(..skipped).unwrap_or_default());
            Problem::new(format!("`{path}` is not Rust: {error}")).at(
                path,
                number(line),
                number(start.column + 1),
            )
        };
        let tokens: TokenStream = parsed
            .parse()
            .map_err(|error| wrong(syn::Error::from(error)))?;
        if is_too_deep(tokens.clone()) {
            return Err(whole(format!(
                "`{path}` is nested deeper than {DEPTH} levels"
            )));
        }
        let file = syn::parse2(tokens).map_err(wrong)?;
        Ok(Self {
            path,
            text,
            skipped,
            file,
        })
    }

    /// The line of a token, from 1.
    pub(super) fn line(&self, span: proc_macro2::Span) -> u32 {
        number(span.start().line + lines(self.text.get(..self.skipped).unwrap_or_default()))
    }

    /// The first byte of a token in the text.
    pub(super) fn start(&self, span: proc_macro2::Span) -> usize {
        span.byte_range().start + self.skipped
    }

    /// Where the line of that byte starts.
    pub(super) fn line_start(&self, byte: usize) -> usize {
        let before = self.text.get(..byte).unwrap_or_default();
        before.rfind('\n').map_or(0, |at| at + 1)
    }

    /// The blanks that the line of that byte starts with.
    pub(super) fn indent(&self, byte: usize) -> &'a str {
        let line = self.text.get(self.line_start(byte)..).unwrap_or_default();
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..blanks).unwrap_or_default()
    }
}

/// What the parser takes: the text after a byte order mark and a shebang line.
fn parsed(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => rest
            .find('\n')
            .and_then(|at| rest.get(at..))
            .unwrap_or_default(),
        _ => text,
    }
}

/// Whether a parser that recurses would recurse too far.
fn is_too_deep(tokens: TokenStream) -> bool {
    let mut open = vec![(tokens.into_iter(), 0)];
    while let Some((tokens, run)) = open.last_mut() {
        let inner = match tokens.next() {
            None => None,
            Some(TokenTree::Group(group)) => {
                if group.delimiter() == Delimiter::Brace {
                    *run = 0;
                }
                Some(group.stream())
            }
            Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), ';' | ',') => {
                *run = 0;
                continue;
            }
            Some(_) => {
                *run += 1;
                if *run > DEPTH * 50 {
                    return true;
                }
                continue;
            }
        };
        match inner {
            Some(stream) => open.push((stream.into_iter(), 0)),
            None => drop(open.pop()),
        }
        if open.len() > DEPTH {
            return true;
        }
    }
    false
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

/// No file is so long that this matters.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
