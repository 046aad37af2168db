//! One run at a time in a project.

use std::fs::File;
use std::path::Path;

use fs4::TryLockError;

use crate::error::{Problem, Result};
use crate::fs;
use crate::project::FOLDER;

/// Held while a project is changed; the system frees it even if the process is killed.
#[derive(Debug)]
pub struct Running(#[allow(dead_code, reason = "the lock goes with the file")] File);

/// Waits for nobody.
///
/// # Errors
/// Another run is at work, or the folder cannot be written.
pub fn running(root: &Path) -> Result<Running> {
    fs::create_dir_all(&root.join(FOLDER))?;
    lock(&root.join(FOLDER).join("running"))
}

/// Locks a file, which is made if it is not there.
pub(super) fn lock(path: &Path) -> Result<Running> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = file.map_err(|error| fs::problem("cannot open", path, &error))?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(Running(file)),
        Err(TryLockError::WouldBlock) => Err(Problem::new("another protosmith is at work here")
            .hint("wait until it is done")
            .into()),
        Err(TryLockError::Error(error)) => Err(fs::problem("cannot lock", path, &error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_do_not_meet() {
        let home = tempfile::tempdir().expect("a folder");
        let first = running(home.path()).expect("free");
        let refused = running(home.path()).expect_err("taken");
        assert!(
            refused.to_string().contains("another protosmith"),
            "{refused}"
        );
        drop(first);
        running(home.path()).expect("free again");
    }
}
