//! Merges one file, by what it is.

use super::text::Text;
use super::{lines, toml};

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Merged {
    /// Both sides are in it.
    Clean(Vec<u8>),
    /// Both sides want the same place.
    Conflict {
        /// Both sides between markers; `None` if the file is no text.
        marked: Option<Vec<u8>>,
        /// Where that is in the user's file, counted from 1.
        lines: Vec<u32>,
    },
}

/// Merges contents that differ from each other. Without a base, both sides made the file.
pub(super) fn merge(path: &str, base: Option<&[u8]>, yours: &[u8], fresh: &[u8]) -> Merged {
    let base = Text::read(base.unwrap_or_default());
    let (Some(base), Some(yours), Some(fresh)) = (base, Text::read(yours), Text::read(fresh))
    else {
        return Merged::Conflict {
            marked: None,
            lines: Vec::new(),
        };
    };
    let bodies = [&base.body, &yours.body, &fresh.body].map(String::as_str);
    let by_line = lines::merge(bodies[0], bodies[1], bodies[2]);
    let merged = match path.ends_with(".toml") {
        true => toml::merge(bodies[0], bodies[1], bodies[2], by_line),
        false => by_line,
    };
    match merged {
        Ok(body) => Merged::Clean(yours.with(&body)),
        Err(conflict) => Merged::Conflict {
            marked: Some(yours.with(&conflict.marked)),
            lines: conflict.lines,
        },
    }
}
