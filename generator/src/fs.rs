//! The one door through which anything but protos is read and written: every error names the file and what was
//! tried. Protos are read by `proto::read`.

#![allow(
    clippy::disallowed_methods,
    reason = "here the path is added to the error"
)]

use std::io;
use std::path::Path;

use crate::error::{Problem, Result};

/// The folder, or `.` for an empty path: the present one, which systems do not find by that.
pub(crate) fn or_here(folder: &Path) -> &Path {
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    }
}

/// The names in a folder; empty if there is no such folder.
pub(crate) fn names(path: &Path) -> Result<Vec<std::ffi::OsString>> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(problem("cannot read the folder", path, &error).into()),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
    names
        .collect::<io::Result<_>>()
        .map_err(|error| problem("cannot read the folder", path, &error).into())
}

/// The content of a file; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(problem("cannot read", path, &error).into()),
        },
    }
}

/// Makes a folder and those above it.
pub(crate) fn create_dir_all(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .map_err(|error| problem("cannot make the folder", path, &error).into())
}

/// Makes the folders above a file.
pub(crate) fn create_above(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), create_dir_all)
}

/// Writes a new file; a script (`#!`) becomes executable.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| problem("cannot write", path, &error))?;
    #[cfg(unix)]
    if bytes.starts_with(b"#!") {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, mode)
            .map_err(|error| problem("cannot make executable", path, &error))?;
    }
    Ok(())
}

/// Moves a file or folder within one file system, atomically.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to)
        .map_err(|error| problem("cannot move the result to", to, &error).into())
}

/// Removes an empty folder.
pub(crate) fn remove_dir(path: &Path) -> Result<()> {
    std::fs::remove_dir(path)
        .map_err(|error| problem("cannot remove the empty folder", path, &error).into())
}

/// Gives a file the mode of another one, if there is such a one.
pub(crate) fn same_mode(like: &Path, path: &Path) -> Result<()> {
    let Ok(metadata) = std::fs::metadata(like) else {
        return Ok(());
    };
    std::fs::set_permissions(path, metadata.permissions())
        .map_err(|error| problem("cannot set the mode of", path, &error).into())
}

/// Waits until a file is on the disk.
pub(crate) fn flush(path: &Path) -> Result<()> {
    let flushed = std::fs::File::open(path).and_then(|file| file.sync_all());
    flushed.map_err(|error| problem("cannot write", path, &error).into())
}

/// Removes a file; there may be none.
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(problem("cannot remove", path, &error).into())
        }
        _ => Ok(()),
    }
}

/// Removes a folder with all that is in it; there may be none.
pub(crate) fn remove_dir_all(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(problem("cannot remove", path, &error).into())
        }
        _ => Ok(()),
    }
}

/// What went wrong with one path, with the most likely remedy.
pub(crate) fn problem(what: &str, path: &Path, error: &io::Error) -> Problem {
    let problem = Problem::new(format!("{what} `{}`: {}", path.display(), reason(error)));
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            problem.hint("check the owner and the mode of the file and its folder")
        }
        io::ErrorKind::StorageFull => {
            problem.hint("free some space, then run the command again; nothing was left behind")
        }
        _ => problem,
    }
}

/// The system's words without its error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}
