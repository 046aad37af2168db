//! Section `messages`.

use serde::{Deserialize, Serialize};

use super::units::SizeText;

/// How large one message may be, after decompression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Messages {
    /// Largest message that is taken; a larger one is answered with `OUT_OF_RANGE`.
    ///
    /// Written with a unit: `"4MiB"`, which is the default.
    #[serde(with = "SizeText")]
    pub receive: usize,
    /// Largest message that is sent; a larger one becomes `OUT_OF_RANGE` for the caller.
    ///
    /// Written with a unit: `"4MiB"`, which is the default.
    #[serde(with = "SizeText")]
    pub send: usize,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            receive: 4 << 20,
            send: 4 << 20,
        }
    }
}
