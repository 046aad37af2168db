//! Section `load_shedding`.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::Contradiction;
use super::units::{BytesText, DurationText};
use super::{Deadline, duration_text};

/// How much work is taken; what exceeds it is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LoadShedding {
    /// Unary calls that are worked on at one time. Default `1000`.
    pub concurrency: NonZeroUsize,
    /// Unary calls that wait for their turn. Default `1000`.
    pub queue: usize,
    /// Longest wait for a turn. Default `"1s"`.
    #[serde(with = "DurationText")]
    pub queue_timeout: Duration,
    /// Streaming calls at one time. Default `10000`.
    pub streams: NonZeroUsize,
    /// Resident memory from which on new calls are refused, and large messages that have begun;
    /// `"0B"`: nine tenths of what the cgroup allows. Default `"0B"`.
    #[serde(with = "BytesText")]
    pub memory: u64,
}

impl Default for LoadShedding {
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::new(1000).expect("1000 is not 0"),
            queue: 1000,
            queue_timeout: Duration::from_secs(1),
            streams: NonZeroUsize::new(10_000).expect("10000 is not 0"),
            memory: 0,
        }
    }
}

impl LoadShedding {
    pub(super) fn contradictions(&self, deadline: &Deadline) -> Vec<Contradiction> {
        if deadline.unary.is_zero() || self.queue_timeout <= deadline.unary {
            return Vec::new();
        }
        let message = format!(
            "no call can wait `{}` in the queue, as `deadline.unary` is `{}`",
            duration_text(self.queue_timeout),
            duration_text(deadline.unary),
        );
        let keys = ["load_shedding.queue_timeout", "deadline.unary"];
        vec![Contradiction::new(keys, message)]
    }
}
