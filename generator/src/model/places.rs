//! Where a thing is in its file.

use std::collections::BTreeMap;

use prost_types::FileDescriptorProto;
use prost_types::source_code_info::Location;

use crate::error::Problem;
use crate::proto::{Source, locate};

/// Field numbers of descriptors, of which the path to a thing is made.
pub(crate) const SERVICES: i32 = 6;
/// Within a service.
pub(crate) const METHODS: i32 = 2;
/// Within a file.
pub(crate) const MESSAGES: i32 = 4;
/// Within a file.
pub(crate) const ENUMS: i32 = 5;
/// Within a message.
pub(crate) const FIELDS: i32 = 2;
/// Within a message.
pub(crate) const NESTED: i32 = 3;
/// Within a message.
pub(crate) const NESTED_ENUMS: i32 = 4;
/// Within a message.
pub(crate) const ONEOFS: i32 = 8;
/// Within an enum.
pub(crate) const VALUES: i32 = 2;
/// The name of whatever the path leads to.
const NAME: i32 = 1;

/// The positions and comments in one file.
pub(crate) struct Places<'a> {
    locations: BTreeMap<&'a [i32], &'a Location>,
}

impl<'a> Places<'a> {
    /// Indexes a file; one without positions gives line 0 for everything.
    pub(crate) fn new(file: &'a FileDescriptorProto) -> Self {
        let info = file.source_code_info.iter().flat_map(|info| &info.location);
        Self {
            locations: info
                .map(|location| (location.path.as_slice(), location))
                .collect(),
        }
    }

    /// The line of the name of a thing, from 1.
    pub(crate) fn line(&self, path: &[i32]) -> u32 {
        self.start(path)
            .map_or(0, |(line, _)| u32::try_from(line + 1).unwrap_or(u32::MAX))
    }

    /// The comment above a thing, a line each; empty without one.
    ///
    /// Without the blanks that all lines start with, and without empty lines around it.
    pub(crate) fn docs(&self, path: &[i32]) -> Vec<String> {
        let comment = self
            .locations
            .get(path)
            .map(|location| location.leading_comments())
            .unwrap_or_default();
        let lines: Vec<&str> = comment.lines().map(str::trim_end).collect();
        let full = |line: &&str| !line.is_empty();
        let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
        let indent = lines
            .iter()
            .copied()
            .filter(full)
            .map(|line| indent(&line))
            .min()
            .unwrap_or_default();
        let first = lines.iter().position(full).unwrap_or(lines.len());
        let last = lines.iter().rposition(full).map_or(first, |last| last + 1);
        let lines = lines.get(first..last).unwrap_or_default().iter();
        lines
            .map(|line| line.get(indent..).unwrap_or_default().to_owned())
            .collect()
    }

    /// Places a problem at the name of a thing.
    pub(crate) fn at(&self, problem: Problem, source: &Source, path: &[i32]) -> Problem {
        let column = self
            .start(path)
            .map(|(line, byte)| locate::column(&source.text, line, byte));
        problem.at(source.shown(), column.map(|_| self.line(path)), column)
    }

    /// Line and byte of the name, from 0; of the whole thing, if it has no name of its own.
    fn start(&self, path: &[i32]) -> Option<(usize, usize)> {
        let named = [path, &[NAME]].concat();
        let location = self
            .locations
            .get(named.as_slice())
            .or_else(|| self.locations.get(path))?;
        let (line, byte) = (location.span.first()?, location.span.get(1)?);
        Some((usize::try_from(*line).ok()?, usize::try_from(*byte).ok()?))
    }
}

/// The position in a list, as descriptors count it.
pub(crate) fn index(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
