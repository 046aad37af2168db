//! What the parser is given of a text, and where that stands in what the user wrote.
//!
//! In: the text of a file. Out: the same text, or, for a file of an edition, what `editions` makes
//! of it; and for every place in that the place in the user's text.

use std::borrow::Cow;

use prost_types::FileDescriptorProto;

use super::editions::{self, Edit};
use super::locate;
use crate::error::Problem;

/// A text as the parser reads it.
pub(super) struct Reading<'a> {
    written: &'a str,
    read: Cow<'a, str>,
    /// With the byte in `read` at which each starts.
    edits: Vec<(usize, Edit)>,
}

impl<'a> Reading<'a> {
    /// Reads a text; `shown` is the path in messages.
    ///
    /// # Errors
    /// All that only an edition can say.
    pub(super) fn new(text: &'a str, shown: &str) -> Result<Self, Vec<Problem>> {
        let edits = editions::edits(text).map_err(|wrong| {
            let problems = wrong.into_iter().map(|wrong| {
                let (line, column) = locate::position(text, wrong.byte);
                Problem::new(wrong.message)
                    .at(shown, line, column)
                    .hint(wrong.hint)
            });
            problems.collect::<Vec<_>>()
        })?;
        if edits.is_empty() {
            return Ok(Self::plain(text));
        }
        let read = editions::apply(text, &edits).into();
        let (mut written, mut start) = (0, 0);
        let edits = edits.into_iter().map(|edit| {
            start += edit.at.start - written;
            let started = (start, edit.clone());
            (written, start) = (edit.at.end, start + edit.text.len());
            started
        });
        Ok(Self {
            written: text,
            edits: edits.collect(),
            read,
        })
    }

    /// A text that is read as it is.
    pub(super) fn plain(text: &'a str) -> Self {
        Self {
            written: text,
            read: text.into(),
            edits: Vec::new(),
        }
    }

    /// What the parser reads.
    pub(super) fn text(&self) -> &str {
        &self.read
    }

    /// The line and column in the user's text of a byte that was read.
    pub(super) fn position(&self, byte: usize) -> (u32, u32) {
        locate::position(self.written, self.written_byte(byte))
    }

    /// The descriptor of what was read, with the places of what the user wrote.
    pub(super) fn placed(&self, mut file: FileDescriptorProto) -> FileDescriptorProto {
        if self.edits.is_empty() {
            return file;
        }
        let starts = |text: &str| -> Vec<usize> {
            std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                .collect()
        };
        // No edit adds or removes a line.
        let (read, written) = (starts(&self.read), starts(self.written));
        let column = |line: i32, column: i32| -> Option<i32> {
            let line = usize::try_from(line).ok()?;
            let byte = read.get(line)? + usize::try_from(column).ok()?;
            let column = self.written_byte(byte).checked_sub(*written.get(line)?)?;
            i32::try_from(column).ok()
        };
        let info = file.source_code_info.iter_mut();
        for location in info.flat_map(|info| &mut info.location) {
            let [line, start, rest @ ..] = location.span.as_mut_slice() else {
                continue;
            };
            let (end_line, end) = match rest {
                [end] => (*line, end),
                [line, end] => (*line, end),
                _ => continue,
            };
            *start = column(*line, *start).unwrap_or(*start);
            *end = column(end_line, *end).unwrap_or(*end);
            if end_line == *line {
                // What was added is as wide as the sign it stands before.
                *end = (*end).max(*start + 1);
            }
        }
        file
    }

    /// The byte that the user wrote for one that was read.
    fn written_byte(&self, byte: usize) -> usize {
        let next = self.edits.partition_point(|(start, _)| *start <= byte);
        let Some((start, edit)) = next.checked_sub(1).and_then(|n| self.edits.get(n)) else {
            return byte;
        };
        match (byte - start).checked_sub(edit.text.len()) {
            Some(behind) => edit.at.end + behind,
            None => edit.at.end.min(edit.at.start + (byte - start)),
        }
    }
}

#[cfg(test)]
mod tests;
