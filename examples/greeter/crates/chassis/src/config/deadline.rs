//! Section `deadline`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::units::DurationText;

/// How long a call may take of which its policy says nothing; zero is any time.
///
/// The caller's own deadline wins if it is earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Deadline {
    /// A call with one request and one response. Default `"30s"`.
    #[serde(with = "DurationText")]
    pub unary: Duration,
    /// A call with a stream on either side. Default `"0s"`.
    #[serde(with = "DurationText")]
    pub streaming: Duration,
}

impl Default for Deadline {
    fn default() -> Self {
        Self {
            unary: Duration::from_secs(30),
            streaming: Duration::ZERO,
        }
    }
}
