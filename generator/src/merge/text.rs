//! Texts without what editors and version control add to them: line ends and byte order marks.

use std::borrow::Cow;

use crate::tree::Bytes;

const MARK: &str = "\u{feff}";

/// A text, and how its file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// With `\n`, unless the file mixes its line ends; then as it is.
    pub(crate) body: String,
    /// Whether a byte order mark comes first.
    marked: bool,
    /// Whether every line ends in `\r\n`.
    carriage_returns: bool,
}

impl Text {
    /// `None` if the bytes are no text.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        if text.contains('\0') {
            return None;
        }
        let body = text.strip_prefix(MARK);
        let marked = body.is_some();
        let body = body.unwrap_or(text);
        let ends = body.matches('\n').count();
        let carriage_returns = ends > 0 && body.matches("\r\n").count() == ends;
        let body = match carriage_returns {
            true => body.replace("\r\n", "\n"),
            false => body.to_owned(),
        };
        Some(Self {
            body,
            marked,
            carriage_returns,
        })
    }

    /// Another text, written as this one is.
    pub(crate) fn with(&self, body: &str) -> Vec<u8> {
        let mark = if self.marked { MARK } else { "" };
        let body = match self.carriage_returns {
            true => Cow::Owned(body.replace('\n', "\r\n")),
            false => Cow::Borrowed(body),
        };
        format!("{mark}{body}").into_bytes()
    }
}

/// The content as it is compared: a text without carriage returns at line ends and without a byte order mark.
pub(crate) fn normal(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = bytes.strip_prefix(MARK.as_bytes()).unwrap_or(bytes);
    if !text.contains(&b'\r') || text.contains(&0) {
        return Cow::Borrowed(if text.contains(&0) { bytes } else { text });
    }
    let mut normal = Vec::with_capacity(text.len());
    for (at, byte) in text.iter().enumerate() {
        if *byte != b'\r' || text.get(at + 1) != Some(&b'\n') {
            normal.push(*byte);
        }
    }
    Cow::Owned(normal)
}

/// Whether two files are the same but for line ends and a byte order mark.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a == b || normal(a) == normal(b)
}

/// What is rendered, with the line ends that the user's file has.
pub(super) fn styled(fresh: Bytes, yours: &[u8]) -> Bytes {
    match (Text::read(&fresh), Text::read(yours)) {
        (Some(text), Some(style)) if style.marked || style.carriage_returns => {
            Cow::Owned(style.with(&text.body))
        }
        _ => fresh,
    }
}

/// Whether a conflict is still marked in the text.
pub fn has_markers(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let begins = |line: &[u8], marker: &str| line.starts_with(marker.as_bytes());
    lines.any(|line| begins(line, "<<<<<<< ")) && lines.any(|line| begins(line, ">>>>>>> "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_it_was_read() {
        for text in [
            "",
            "a",
            "a\n",
            "a\r\nb\r\n",
            "a\r\nb\n",
            "\u{feff}a\r\n",
            "\r\r\n",
        ] {
            let read = Text::read(text.as_bytes()).expect("a text");
            assert_eq!(read.with(&read.body), text.as_bytes(), "{text:?}");
        }
        assert_eq!(Text::read(b"\xff"), None);
        assert_eq!(Text::read(b"a\0"), None);
    }

    #[test]
    fn sameness_knows_binary_files() {
        assert!(same(b"a\r\n", b"a\n"));
        assert!(same("\u{feff}a".as_bytes(), b"a"));
        assert!(!same(b"\0a\r\n", b"\0a\n"));
        assert!(!same(b"a\r", b"a"));
    }

    #[test]
    fn markers_are_a_pair() {
        assert!(has_markers(
            b"<<<<<<< yours\na\n=======\nb\n>>>>>>> protosmith\n"
        ));
        assert!(!has_markers(b"a <<<<<<< b\n>>>>>>> c\n"));
    }
}
