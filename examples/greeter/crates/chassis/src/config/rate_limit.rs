//! Section `rate_limit`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Rate;

/// How often methods are called, all of them together; policies add limits of single methods.
///
/// A rate is also the largest burst: of `"100/s"`, 100 calls may come at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// By all callers together. Default `"10000/s"`.
    pub total: Rate,
    /// By one caller. Default `"100/s"`.
    pub caller: Rate,
    /// How many callers are remembered; those not seen for longest make room. Default `100000`.
    pub callers: NonZeroUsize,
}

impl Default for RateLimit {
    fn default() -> Self {
        let per_second = |count| Rate {
            count: NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN),
            per: Duration::from_secs(1),
        };
        Self {
            total: per_second(10_000),
            caller: per_second(100),
            callers: NonZeroUsize::new(100_000).expect("100000 is not 0"),
        }
    }
}
