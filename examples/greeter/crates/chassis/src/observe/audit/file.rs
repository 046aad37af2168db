//! The file of the audit: opened, appended to, set aside in time, and found again when it is gone.
//!
//! Lines go in whole or not at all: what a failed write has left behind is taken back.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tracing::warn;

use super::rotation;
use crate::config::Rotate;

/// A file that could not be set aside is tried again after this.
const PAUSE: Duration = Duration::from_secs(60);

/// A file by its name, open or about to be.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    rotate: Rotate,
    /// None before the first write, and after one that failed.
    open: Option<Open>,
    /// Until then the file is not set aside.
    not_before: Option<Instant>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// False for a pipe or a device: those have no size and are not set aside.
    is_regular: bool,
    identity: Option<(u64, u64)>,
    size: u64,
    began: SystemTime,
}

impl LogFile {
    /// The file at `path`; fails when it cannot be opened or made.
    ///
    /// A pipe is opened by the first write, since that waits for a reader.
    pub(super) fn new(path: &Path, rotate: &Rotate) -> io::Result<Self> {
        let waits = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        Ok(Self {
            path: path.to_owned(),
            rotate: rotate.clone(),
            open: match waits {
                true => None,
                false => Some(Open::new(path, SystemTime::now())?),
            },
            not_before: None,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends whole lines.
    pub(super) fn write(&mut self, lines: &[u8], now: SystemTime) -> io::Result<()> {
        let mut open = match self.open.take() {
            // Somebody else may have moved or removed it, or the folder it is in.
            Some(open) if open.is_at(&self.path) => open,
            _ => Open::new(&self.path, now)?,
        };
        if self.is_due(&open, lines.len() as u64, now) {
            match rotation::set_aside(&self.path, now) {
                Ok(()) => {
                    rotation::prune(&self.path, self.rotate.keep);
                    open = Open::new(&self.path, now)?;
                }
                Err(error) => {
                    // A file that is too large is better than none.
                    warn!(file = %self.path.display(), %error, "the audit file cannot be set aside");
                    self.not_before = Some(Instant::now() + PAUSE);
                }
            }
        }
        open.write(lines)?;
        self.open = Some(open);
        Ok(())
    }

    /// Waits until everything is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match &self.open {
            // A pipe or a device has nothing to wait for.
            Some(open) if open.is_regular => open.file.sync_all(),
            _ => Ok(()),
        }
    }

    fn is_due(&self, open: &Open, more: u64, now: SystemTime) -> bool {
        let paused = self.not_before.is_some_and(|time| Instant::now() < time);
        open.is_regular
            && !paused
            && rotation::is_due(&self.rotate, open.size, more, open.began, now)
    }
}

impl Open {
    fn new(path: &Path, now: SystemTime) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        let size = metadata.len();
        // What was written last belongs to the interval it was written in.
        let began = match size {
            0 => now,
            _ => metadata.modified()?,
        };
        let mut open = Self {
            file,
            is_regular: metadata.is_file(),
            identity: identity(&metadata),
            size,
            began,
        };
        // A process that was killed may have left half a line.
        if open.is_regular && is_torn(path)? {
            open.write(b"\n")?;
        }
        Ok(open)
    }

    /// False when `path` leads elsewhere or nowhere.
    fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| identity(&found) == self.identity)
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(lines) {
            if self.is_regular {
                // If that fails as well, the next line begins on a line of its own.
                let _ = self.file.set_len(self.size);
            }
            return Err(error);
        }
        self.size += lines.len() as u64;
        Ok(())
    }
}

/// True when the last line of the file at `path` has no end.
fn is_torn(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// What tells one file from another, whatever their names.
#[cfg(unix)]
fn identity(found: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    Some((found.dev(), found.ino()))
}

/// Elsewhere a file that is open cannot be moved away or removed.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::Folder;
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn rotate(size: u64, interval: Duration, keep: usize) -> Rotate {
        Rotate {
            size,
            interval,
            keep,
        }
    }

    fn read(folder: &Folder, name: &str) -> String {
        fs::read_to_string(folder.file(name)).unwrap()
    }

    #[test]
    fn a_file_that_is_full_is_set_aside_and_nothing_is_lost_or_split() {
        let folder = Folder::new("size");
        let settings = rotate(20, Duration::ZERO, 0);
        let mut file = LogFile::new(&folder.file("a"), &settings).unwrap();
        let lines: Vec<_> = (10..19).map(|n| format!("line {n}\n")).collect();
        for (line, second) in lines.iter().zip(1..) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            file.write(line.as_bytes(), now).unwrap();
        }
        let names = folder.names();
        assert_eq!(names.len(), 5);
        let texts: Vec<_> = names.iter().map(|name| read(&folder, name)).collect();
        assert!(texts.iter().all(|text| text.len() <= 20));
        // `a` itself sorts first and is the newest.
        let all = texts[1..].concat() + &texts[0];
        assert_eq!(all, lines.concat());
    }

    #[test]
    fn a_day_has_a_file_and_old_ones_are_removed() {
        let folder = Folder::new("days");
        let path = folder.file("a");
        let today = SystemTime::now();
        let mut file = LogFile::new(&path, &rotate(0, DAY, 2)).unwrap();
        for days in 0..5 {
            for _ in 0..2 {
                let line = format!("{days}\n");
                file.write(line.as_bytes(), today + DAY * days).unwrap();
            }
        }
        let names = folder.names();
        let texts: Vec<_> = names.iter().map(|name| read(&folder, name)).collect();
        assert_eq!(texts, ["4\n4\n", "2\n2\n", "3\n3\n"]);

        // What a process before this one has left belongs to the day it was written on.
        let mut file = LogFile::new(&path, &rotate(0, DAY, 0)).unwrap();
        file.write(b"5\n", today + DAY * 5).unwrap();
        assert_eq!(read(&folder, "a"), "5\n");
    }

    #[test]
    fn what_is_there_is_kept_and_half_a_line_is_ended() {
        let folder = Folder::new("append");
        let path = folder.file("a");
        fs::write(&path, "one\nha").unwrap();
        for line in ["two\n", "three\n"] {
            let mut file = LogFile::new(&path, &Rotate::default()).unwrap();
            file.write(line.as_bytes(), SystemTime::now()).unwrap();
            file.sync().unwrap();
        }
        assert_eq!(read(&folder, "a"), "one\nha\ntwo\nthree\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_moved_or_removed_is_made_anew_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;

        let folder = Folder::new("moved");
        let path = folder.file("a");
        let mut file = LogFile::new(&path, &Rotate::default()).unwrap();
        let mut write = |line: &str| file.write(line.as_bytes(), SystemTime::now());
        write("1\n").unwrap();
        fs::rename(&path, folder.file("b")).unwrap();
        write("2\n").unwrap();
        assert_eq!((&*read(&folder, "b"), &*read(&folder, "a")), ("1\n", "2\n"));
        fs::remove_file(&path).unwrap();
        write("3\n").unwrap();
        assert_eq!(read(&folder, "a"), "3\n");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_cannot_be_set_aside_is_written_on() {
        let folder = Folder::new("stuck");
        // With the time added, the name is longer than any file system takes.
        let name = "a".repeat(250);
        let settings = rotate(1, Duration::ZERO, 0);
        let mut file = LogFile::new(&folder.file(&name), &settings).unwrap();
        for line in ["1\n", "2\n", "3\n"] {
            file.write(line.as_bytes(), SystemTime::now()).unwrap();
        }
        assert!(file.not_before.is_some());
        assert_eq!(read(&folder, &name), "1\n2\n3\n");
    }
}
