//! What a transaction is about to do, on the disk: while the file is there, the work can be finished.

use serde::{Deserialize, Serialize};

use crate::error::{Problem, Result};
use crate::tree::is_plain;

/// The changes of a transaction, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    #[serde(default)]
    pub(super) change: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// In the project, with `/`.
    pub(super) path: String,
    /// The hash of what was there; none if there was nothing.
    pub(super) old: Option<String>,
    /// The hash of what will be there; none if it is removed.
    pub(super) new: Option<String>,
}

impl Journal {
    /// Reads the file; `shown` is its path in messages.
    ///
    /// # Errors
    /// It is damaged: protosmith writes it in one step, so somebody else was there.
    pub(super) fn read(bytes: &[u8], shown: &str) -> Result<Self> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let journal: Self = toml::from_str(text).map_err(|error| {
            Problem::new(format!("`{shown}` is damaged: {}", error.message()))
                .hint("look at `.protosmith/stage`, then remove it and the journal")
        })?;
        match journal.change.iter().find(|entry| !is_plain(&entry.path)) {
            Some(entry) => {
                let message = format!(
                    "`{shown}` names `{}`, which is no path in the project",
                    entry.path
                );
                Err(Problem::new(message).into())
            }
            None => Ok(journal),
        }
    }

    pub(super) fn text(&self) -> String {
        toml::to_string(self).expect("a list of texts is TOML")
    }
}
