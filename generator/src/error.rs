//! What can go wrong, in one shape: a list of [`Problem`]s, each with its place and what to do.
//!
//! Stages collect problems and return them all at once, so that a user mends five mistakes in one
//! run. Only `ui` turns them into text, only `cli` into exit codes.

use std::fmt;

/// One thing that is wrong.
///
/// The message is lower case without a full stop, with files and names in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What was found, and what was expected.
    pub message: String,
    /// Where, if it lies in a file.
    pub at: Option<Place>,
    /// What to do about it, if that is known.
    pub hint: Option<String>,
}

/// A place in a file that the user can open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path as the user would type it.
    pub file: String,
    /// Counted from 1; `None` if the file as a whole is meant.
    pub line: Option<u32>,
    /// Counted from 1, in characters.
    pub column: Option<u32>,
}

/// The reasons why a command failed; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// All that was found, in the order of the files.
    pub problems: Vec<Problem>,
}

/// The result of a stage.
pub type Result<T> = std::result::Result<T, Error>;

// === impl Problem ===

impl Problem {
    /// A problem without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: None,
            hint: None,
        }
    }

    /// Adds the place: a file, and the line and column in it, counted from 1.
    #[must_use]
    pub fn at(
        mut self,
        file: impl Into<String>,
        line: impl Into<Option<u32>>,
        column: impl Into<Option<u32>>,
    ) -> Self {
        self.at = Some(Place {
            file: file.into(),
            line: line.into(),
            column: column.into(),
        });
        self
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

// === impl Place ===

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

// === impl Error ===

impl Error {
    /// `Ok` if nothing was found.
    pub fn check(problems: Vec<Problem>) -> Result<()> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

    /// One error of all those that came of several attempts, in their order.
    pub fn gather(errors: impl IntoIterator<Item = Option<Self>>) -> Self {
        let problems = errors
            .into_iter()
            .flatten()
            .flat_map(|error| error.problems);
        Self {
            problems: problems.collect(),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "error: {}", problem.message)?;
            if let Some(place) = &problem.at {
                write!(f, "\n  --> {place}")?;
            }
            if let Some(hint) = &problem.hint {
                write!(f, "\nhint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
