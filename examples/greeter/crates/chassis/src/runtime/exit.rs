//! Exit codes: part of the contract with whoever supervises the process.

use std::process::ExitCode;

/// How the process ended. `README.md` has the same table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; when serving: every call in flight finished.
    Clean = 0,
    /// Failed, such as a start whose port is taken.
    Failed = 1,
    /// Shut down, but calls were cut at the end of the shutdown timeout.
    Cut = 3,
    /// Shut down at once by a second signal.
    Aborted = 4,
    /// The configuration is bad; the value is `EX_USAGE` of `sysexits.h`.
    Config = 64,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
