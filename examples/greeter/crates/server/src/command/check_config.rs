//! `check-config`: checks the settings and prints all of them.

use std::io::{ErrorKind, Write};

use chassis::config::Config;
use chassis::runtime::Exit;

use crate::report;

/// Prints the settings as they are in force, as JSON.
pub(crate) fn run(config: &Config) -> Exit {
    let text = match serde_json::to_string_pretty(config) {
        Ok(text) => text,
        Err(error) => return report(&error, Exit::Failed),
    };
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => Exit::Clean,
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Clean,
        Err(error) => report(&error, Exit::Failed),
    }
}
