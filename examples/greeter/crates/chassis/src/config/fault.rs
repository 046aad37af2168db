//! What is wrong with settings: all of it at once, so that five mistakes are mended in one go.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A file, with line and column if the fault has one, or an environment variable.
    pub place: String,
    /// The key, such as `server.port` or `policy[0].timeout`; empty if the fault is of no single one.
    pub key: String,
    /// What was found and what was expected.
    pub message: String,
}

/// Settings that cannot be used, with everything that is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<Fault>);

/// Two settings that cannot both be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contradiction {
    /// The keys, most suspicious first.
    pub(super) keys: [&'static str; 2],
    /// Why not both.
    pub(super) message: String,
}

impl ConfigError {
    /// None if there are no faults.
    pub(super) fn of(faults: Vec<Fault>) -> Option<Self> {
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// Everything that is wrong, in the order of the file, the environment after it.
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl Contradiction {
    pub(super) fn new(keys: [&'static str; 2], message: impl Into<String>) -> Self {
        let message = message.into();
        Self { keys, message }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            key,
            message,
        } = self;
        match key.is_empty() {
            true => write!(f, "{place}: {message}"),
            false => write!(f, "{place}: `{key}`: {message}"),
        }
    }
}

/// One line for each fault.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
