//! Where the lines go.

use std::fmt;
use std::io::{self, Write, stdout};
use std::time::SystemTime;

use super::AuditError;
use super::file::LogFile;
use crate::config;

#[derive(Debug)]
pub(super) enum Output {
    Stdout,
    File(LogFile),
}

impl Output {
    pub(super) fn open(settings: &config::Audit) -> Result<Self, AuditError> {
        let file = &settings.file;
        if file.as_os_str().is_empty() {
            return Ok(Self::Stdout);
        }
        match LogFile::new(file, &settings.rotate) {
            Ok(file) => Ok(Self::File(file)),
            Err(error) => {
                let file = file.clone();
                Err(AuditError::Open { file, error })
            }
        }
    }

    /// Writes whole lines, and hands them to the operating system.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                // The log writes there as well; the lock keeps lines whole.
                let mut stdout = stdout().lock();
                stdout.write_all(lines)?;
                stdout.flush()
            }
            Self::File(file) => file.write(lines, SystemTime::now()),
        }
    }

    /// Waits until everything is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(file) => file.sync(),
        }
    }
}

/// Its name, for the log.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(file) => file.path().display().fmt(f),
        }
    }
}
