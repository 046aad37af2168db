//! Section `diagnostics`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::units::DurationText;

/// What is looked at more closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Diagnostics {
    /// A unary call that takes longer is logged as slow, unless its policy says otherwise; `"0s"`: none
    /// is. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub slow: Duration,
}

impl Default for Diagnostics {
    fn default() -> Self {
        Self {
            slow: Duration::from_secs(5),
        }
    }
}
