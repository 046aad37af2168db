//! What has become of the reloads.

use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::Reloaded;
use crate::runtime::time::rfc3339;

/// What has become of the reloads so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Grows by one with each reload that changed something; 1 at the start.
    pub generation: u64,
    /// When the settings in force were taken; written as RFC 3339.
    #[serde(serialize_with = "text")]
    since: SystemTime,
    /// Reloads that changed something.
    pub applied: u64,
    /// Reloads that found all as it was.
    pub unchanged: u64,
    /// Reloads that found something wrong, and changed nothing.
    pub refused: u64,
    /// Keys with another value in the file than in force: they need a restart.
    pub waiting: Vec<String>,
    /// Why the last reload was refused; none if it was not.
    pub fault: Option<String>,
}

impl Status {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            generation: 1,
            since: now,
            applied: 0,
            unchanged: 0,
            refused: 0,
            waiting: Vec::new(),
            fault: None,
        }
    }

    /// When the settings in force were taken.
    pub fn since(&self) -> SystemTime {
        self.since
    }

    /// Returns the generation.
    pub(super) fn count(
        &mut self,
        reloaded: Reloaded,
        waiting: Vec<String>,
        now: SystemTime,
    ) -> u64 {
        match reloaded {
            Reloaded::Applied => {
                self.applied += 1;
                self.generation += 1;
                self.since = now;
            }
            Reloaded::Unchanged => self.unchanged += 1,
        }
        self.waiting = waiting;
        self.fault = None;
        self.generation
    }

    pub(super) fn refuse(&mut self, error: String) {
        self.refused += 1;
        self.fault = Some(error);
    }
}

fn text<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}
