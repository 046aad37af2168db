//! Merges texts by line, as git does, and then a little further: see [`list`].

use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};

use super::list;

/// A text with both sides of what could not be merged.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) marked: String,
    /// Where the user's sides are in the user's text, counted from 1.
    pub(super) lines: Vec<u32>,
}

const YOURS: &str = "<<<<<<< yours\n";
const BETWEEN: &str = "=======\n";
const OURS: &str = ">>>>>>> protosmith\n";

/// The merged text, or the one with markers.
pub(super) fn merge(base: &str, yours: &str, fresh: &str) -> Result<String, Marked> {
    // With the base between the sides, to look closer at each place.
    let merged = MergeOptions::new()
        .set_conflict_style(ConflictStyle::Diff3)
        .set_incomplete_hunk_style(IncompleteHunkStyle::Git)
        .set_conflict_marker_length(LENGTH)
        .merge(base, yours, fresh);
    match merged {
        Ok(merged) => Ok(merged),
        Err(marked) => resolve(&marked, yours),
    }
}

/// Long enough that no file has such a line by itself.
const LENGTH: usize = 61;

/// Resolves the places that can be, and marks the others.
fn resolve(text: &str, yours: &str) -> Result<String, Marked> {
    let marker = |sign: &str, label: &str| format!("{}{label}\n", sign.repeat(LENGTH));
    let (start, middle) = (marker("<", " ours"), marker("|", " original"));
    let (between, end) = (marker("=", ""), marker(">", " theirs"));
    let mut merged = String::new();
    let mut lines = Vec::new();
    // Counts the lines of the user's text.
    let mut line = 1;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(start.as_str()) {
        let sides = after
            .split_once(middle.as_str())
            .and_then(|(yours, after)| Some((yours, after.split_once(between.as_str())?)))
            .and_then(|(yours, (base, after))| {
                Some((yours, base, after.split_once(end.as_str())?))
            });
        let Some((mine, base, (theirs, after))) = sides else {
            break;
        };
        merged += before;
        match list::merge(base, mine, theirs) {
            Some(both) => merged += &both,
            None => {
                lines.push(position(yours, mine, &mut line));
                merged += &[YOURS, &closed(mine), BETWEEN, &closed(theirs), OURS].concat();
            }
        }
        rest = after;
    }
    merged += rest;
    match lines.is_empty() {
        true => Ok(merged),
        false => Err(Marked {
            marked: merged,
            lines,
        }),
    }
}

/// The line of the user's text where `mine` begins, at or after `from`; where it is empty, where it would be.
fn position(yours: &str, mine: &str, from: &mut u32) -> u32 {
    let skipped = yours
        .split_inclusive('\n')
        .take(*from as usize - 1)
        .map(str::len)
        .sum::<usize>();
    let rest = yours.get(skipped..).unwrap_or_default();
    let at = match mine.is_empty() {
        true => None,
        false => rest.find(mine),
    };
    let before = rest.get(..at.unwrap_or_default()).unwrap_or_default();
    let line = *from + before.matches('\n').count() as u32;
    *from = line + mine.matches('\n').count() as u32;
    line
}

/// With an end of line, so that a marker starts its own.
fn closed(text: &str) -> String {
    match text.is_empty() || text.ends_with('\n') {
        true => text.to_owned(),
        false => format!("{text}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apart_are_merged() {
        let merged = merge("1\n2\n3\n4\n5\n", "one\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive\n");
        assert_eq!(merged.as_deref(), Ok("one\n2\n3\n4\nfive\n"));
    }

    #[test]
    fn edits_of_one_line_are_marked_at_their_line() {
        let marked = merge("a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nc\n").expect_err("a conflict");
        assert_eq!(
            marked.marked,
            "a\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> protosmith\nc\n"
        );
        assert_eq!(marked.lines, [2]);
    }

    #[test]
    fn a_missing_last_line_end_does_not_glue_markers() {
        let marked = merge("a", "mine", "theirs").expect_err("a conflict");
        assert_eq!(
            marked.marked,
            "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> protosmith\n"
        );
    }

    #[test]
    fn markers_in_the_texts_are_text() {
        let base = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\nx\n";
        let merged = merge(
            base,
            &base.replace('a', "mine"),
            &base.replace('x', "fresh"),
        );
        assert_eq!(
            merged.as_deref(),
            Ok("<<<<<<< ours\nmine\n=======\nb\n>>>>>>> theirs\nfresh\n")
        );
    }
}
