//! Merges edits of neighbouring lines where each line stands for itself: `mod` lines, `use` lines, entries of a list.
//!
//! By line, an edited entry and a new one right below it are a conflict. Here they are not: the user gives a handler
//! its state, the tool adds the next service.

use std::ops::Range;

/// How many pairs of lines are looked at; larger places are left to the user.
const LIMIT: usize = 250_000;

/// A range of the base and what it becomes.
type Change<'a> = (Range<usize>, Vec<&'a str>);

/// The merged lines; `None` if both sides changed one line, or if a line does not stand for itself.
pub(super) fn merge(base: &str, yours: &str, fresh: &str) -> Option<String> {
    let lines = |text: &'_ str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let (base_lines, yours_lines, fresh_lines) = (lines(base), lines(yours), lines(fresh));
    let all = || base_lines.iter().chain(&yours_lines).chain(&fresh_lines);
    if !all().all(|line| stands_for_itself(line)) {
        return None;
    }
    let mut mine = changes(&base_lines, &yours_lines)?.into_iter().peekable();
    let mut theirs = changes(&base_lines, &fresh_lines)?.into_iter().peekable();
    let mut merged: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(first) = [mine.peek(), theirs.peek()]
        .into_iter()
        .flatten()
        .map(|change| change.0.start)
        .min()
    {
        merged.extend(base_lines.get(at..first)?.iter().map(String::as_str));
        let a = mine.next_if(|change| change.0.start == first);
        let b = theirs.next_if(|change| change.0.start == first);
        let next = |change: Option<&Change<'_>>| change.map_or(usize::MAX, |c| c.0.start);
        match (a, b) {
            (Some(a), Some(b)) if a == b => {
                merged.extend(a.1);
                at = a.0.end;
            }
            // New lines of the one before what the other changed; new lines of both, in the order of the alphabet
            // if they are items, which rustfmt sorts.
            (Some(a), Some(b)) if a.0.is_empty() || b.0.is_empty() => {
                let end = a.0.end.max(b.0.end);
                let both_new = a.0.is_empty() && b.0.is_empty();
                let mut lines = match b.0.is_empty() && !a.0.is_empty() {
                    true => [b.1, a.1].concat(),
                    false => [a.1, b.1].concat(),
                };
                if both_new && lines.iter().all(|line| is_item(line)) {
                    lines.sort_unstable();
                    lines.dedup();
                }
                merged.extend(lines);
                at = end;
            }
            (Some(_), Some(_)) => return None,
            (Some(change), None) => {
                if next(theirs.peek()) < change.0.end {
                    return None;
                }
                merged.extend(change.1);
                at = change.0.end;
            }
            (None, Some(change)) => {
                if next(mine.peek()) < change.0.end {
                    return None;
                }
                merged.extend(change.1);
                at = change.0.end;
            }
            (None, None) => return None,
        }
        if next(mine.peek()).min(next(theirs.peek())) < at {
            return None;
        }
    }
    merged.extend(base_lines.get(at..)?.iter().map(String::as_str));
    let ends = [base, yours, fresh]
        .iter()
        .all(|text| text.is_empty() || text.ends_with('\n'));
    ends.then(|| merged.iter().map(|line| format!("{line}\n")).collect())
}

/// Whether a line means the same wherever it is among its like.
fn stands_for_itself(line: &str) -> bool {
    let line = line.trim();
    let ends = line.ends_with(',') && !line.ends_with("{,") || is_item(line);
    let opened = line.matches(['(', '[', '{']).count();
    ends && opened == line.matches([')', ']', '}']).count()
}

fn is_item(line: &str) -> bool {
    let line = line.trim();
    let item = line
        .strip_prefix("pub ")
        .or(line.strip_prefix("pub(crate) "))
        .unwrap_or(line);
    line.ends_with(';') && (item.starts_with("mod ") || item.starts_with("use "))
}

/// The ranges of `old` that differ in `new`, in order; `None` if there are too many lines to tell.
fn changes<'a>(old: &[String], new: &'a [String]) -> Option<Vec<Change<'a>>> {
    let (height, width) = (old.len() + 1, new.len() + 1);
    if height.checked_mul(width)? > LIMIT {
        return None;
    }
    // The length of the longest common rest, for each pair of beginnings.
    let mut common = vec![0_u32; height * width];
    let get = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied();
    for (i, line) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let length = match line == other {
                true => get(&common, i + 1, j + 1)? + 1,
                false => get(&common, i + 1, j)?.max(get(&common, i, j + 1)?),
            };
            *common.get_mut(i * width + j)? = length;
        }
    }
    let mut changes: Vec<Change<'a>> = Vec::new();
    let mut change = |at: Range<usize>, line: Option<&'a str>| match changes.last_mut() {
        Some((range, lines)) if range.end == at.start => {
            range.end = at.end;
            lines.extend(line);
        }
        _ => changes.push((at, line.into_iter().collect())),
    };
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old.get(i) == new.get(j) {
            (i, j) = (i + 1, j + 1);
        } else if j < new.len()
            && (i == old.len() || get(&common, i, j + 1)? >= get(&common, i + 1, j)?)
        {
            change(i..i, new.get(j).map(String::as_str));
            j += 1;
        } else {
            change(i..i + 1, None);
            i += 1;
        }
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, yours: &str, fresh: &str, expected: Option<&str>) {
        let text = |words: &str| -> String {
            words
                .split_whitespace()
                .map(|word| format!("{word},\n"))
                .collect()
        };
        let merged = merge(&text(base), &text(yours), &text(fresh));
        assert_eq!(merged, expected.map(text), "{base} / {yours} / {fresh}");
    }

    #[test]
    fn neighbours_are_merged() {
        check("a", "A", "a b", Some("A b"));
        check("a", "A", "b a", Some("b A"));
        check("a b", "A b", "a B", Some("A B"));
        check("a b c", "a c", "a b c d", Some("a c d"));
        check("a b", "a", "b", Some(""));
        check("", "x", "y", Some("x y"));
    }

    #[test]
    fn one_line_of_both_is_a_conflict() {
        check("a", "b", "c", None);
        check("a b", "x", "a y", None);
        check("a b c", "x", "a y c", None);
    }

    #[test]
    fn modules_are_sorted() {
        let merged = merge(
            "pub mod a;\n",
            "pub mod a;\nmod z;\n",
            "pub mod a;\nmod b;\n",
        );
        assert_eq!(merged.as_deref(), Some("pub mod a;\nmod b;\nmod z;\n"));
    }

    #[test]
    fn code_is_left_alone() {
        let call = |text: &str| format!("if {text} {{\n");
        assert_eq!(
            merge(&call("a"), &call("b"), &format!("x;\n{}", call("a"))),
            None
        );
        assert_eq!(merge("f(\n", "f(a,\n", "g(\n"), None);
    }
}
