//! Section `reload`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::Contradiction;
use super::units::DurationText;

/// How changes of the settings, and of files that they name, are noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Reload {
    /// Listens to what the system tells of changes. Default `true`.
    pub watch: bool,
    /// A file is read when nothing has changed for so long. Default `"200ms"`.
    #[serde(with = "DurationText")]
    pub settle: Duration,
    /// How often the files are looked at, for file systems that tell nothing; zero is never.
    ///
    /// Default `"10s"`.
    #[serde(with = "DurationText")]
    pub poll: Duration,
}

impl Default for Reload {
    fn default() -> Self {
        Self {
            watch: true,
            settle: Duration::from_millis(200),
            poll: Duration::from_secs(10),
        }
    }
}

impl Reload {
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        if self.settle.is_zero() {
            let message = "a file would be read while it is written; `reload.watch: false` listens to \
                           no changes";
            return vec![Contradiction::new(
                ["reload.settle", "reload.watch"],
                message,
            )];
        }
        Vec::new()
    }
}
