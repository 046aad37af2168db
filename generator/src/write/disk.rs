//! What a transaction does to the disk, one step at a time; tests put a disk in its place that fails at any of them.

use std::path::Path;

use crate::error::Result;
use crate::fs;

/// The steps of a transaction.
pub(super) trait Disk {
    /// Writes a file and makes the folders above it. It gets the mode of `like`.
    fn write(&mut self, path: &Path, bytes: &[u8], like: &Path) -> Result<()>;
    /// Waits until a file is on the disk, whatever happens to the machine.
    fn flush(&mut self, path: &Path) -> Result<()>;
    /// Moves a file or a folder, in one step; makes the folders above the new place.
    fn rename(&mut self, from: &Path, to: &Path) -> Result<()>;
    /// Removes a file; there may be none.
    fn remove(&mut self, path: &Path) -> Result<()>;
    /// Removes a folder with all that is in it; there may be none.
    fn remove_all(&mut self, path: &Path) -> Result<()>;
}

/// The disk.
pub(super) struct Real;

impl Disk for Real {
    fn write(&mut self, path: &Path, bytes: &[u8], like: &Path) -> Result<()> {
        fs::create_above(path)?;
        fs::write_new(path, bytes)?;
        fs::same_mode(like, path)
    }

    fn flush(&mut self, path: &Path) -> Result<()> {
        fs::flush(path)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
        fs::create_above(to)?;
        fs::rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> Result<()> {
        fs::remove_file(path)
    }

    fn remove_all(&mut self, path: &Path) -> Result<()> {
        fs::remove_dir_all(path)
    }
}
