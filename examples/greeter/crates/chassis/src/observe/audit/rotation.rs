//! When a file is set aside, under which name, and which of those are removed.
//!
//! `audit.jsonl` becomes `audit.jsonl.20261124T030000.123Z`: the time in UTC when it was set aside.
//! Only names of exactly that form are ever removed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use tracing::warn;

use crate::config::Rotate;
use crate::runtime::time::{rfc3339, since_1970};

/// The form of the time in a name; `0` stands for any digit.
const FORM: &str = "00000000T000000.000Z";

/// True when a file that began at `began` and has `size` bytes is to be set aside before `more`
/// bytes are added.
pub(super) fn is_due(
    settings: &Rotate,
    size: u64,
    more: u64,
    began: SystemTime,
    now: SystemTime,
) -> bool {
    let too_large = settings.size > 0 && size.saturating_add(more) > settings.size;
    let too_old = period(settings.interval, began) != period(settings.interval, now);
    size > 0 && (too_large || too_old)
}

/// Renames `file` to a name with the time that no other file has.
pub(super) fn set_aside(file: &Path, now: SystemTime) -> io::Result<()> {
    let mut time = now;
    while aged(file, time).exists() {
        time += Duration::from_millis(1);
    }
    fs::rename(file, aged(file, time))
}

/// Removes what was set aside of `file`, but for the newest `keep`; 0 keeps all.
pub(super) fn prune(file: &Path, keep: usize) {
    if keep == 0 {
        return;
    }
    let removed = all_aged(file).and_then(|mut aged| {
        // The time in the name is the order.
        aged.sort();
        let excess = aged.len().saturating_sub(keep);
        aged[..excess].iter().try_for_each(fs::remove_file)
    });
    if let Err(error) = removed {
        warn!(file = %file.display(), %error, "old audit files cannot be removed");
    }
}

/// What has been set aside of `file`, in any order.
fn all_aged(file: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut aged = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = folder.join(entry?.file_name());
        if is_aged(file, &path) {
            aged.push(path);
        }
    }
    Ok(aged)
}

fn is_aged(file: &Path, other: &Path) -> bool {
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let (Some(file), Some(other)) = (name(file), name(other)) else {
        return false;
    };
    let time = other
        .strip_prefix(&file)
        .and_then(|rest| rest.strip_prefix('.'));
    let fits = |(found, form): (char, char)| match form {
        '0' => found.is_ascii_digit(),
        _ => found == form,
    };
    time.is_some_and(|time| time.len() == FORM.len() && time.chars().zip(FORM.chars()).all(fits))
}

fn aged(file: &Path, time: SystemTime) -> PathBuf {
    // A colon is no part of a name everywhere.
    let time = rfc3339(time).replace(['-', ':'], "");
    let mut name = OsString::from(file);
    name.push(".");
    name.push(time);
    name.into()
}

/// Which interval since the epoch `time` is in.
fn period(interval: Duration, time: SystemTime) -> u128 {
    let since = since_1970(time).as_millis();
    since.checked_div(interval.as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Folder;
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn time(text: &str) -> SystemTime {
        humantime::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_file_is_set_aside_by_size_or_time() {
        let settings = |size, interval| Rotate {
            size,
            interval,
            keep: 1,
        };
        let (began, now) = (time("2026-11-24T01:59:59Z"), time("2026-11-24T02:00:00Z"));
        let due = |settings: Rotate, size, more| is_due(&settings, size, more, began, now);
        let never = Duration::ZERO;
        assert!(due(settings(10, never), 6, 5));
        assert!(!due(settings(10, never), 5, 5));
        assert!(!due(settings(0, never), u64::MAX, 1));
        assert!(due(settings(0, HOUR), 1, 1));
        assert!(!due(settings(0, 24 * HOUR), 1, 1));
        // An empty file would be followed by an empty file.
        assert!(!due(settings(10, HOUR), 0, 11));
    }

    #[test]
    fn names_tell_the_time_and_are_never_taken_twice() {
        let folder = Folder::new("names");
        let file = folder.file("audit.jsonl");
        let now = time("2026-11-24T03:00:00.999Z");
        for text in ["first", "second"] {
            fs::write(&file, text).unwrap();
            set_aside(&file, now).unwrap();
        }
        let read = |name| fs::read_to_string(folder.file(name)).unwrap();
        assert_eq!(read("audit.jsonl.20261124T030000.999Z"), "first");
        assert_eq!(read("audit.jsonl.20261124T030001.000Z"), "second");
    }

    #[test]
    fn only_the_oldest_of_ours_are_removed() {
        let folder = Folder::new("prune");
        let ours = [
            "a.20251231T235959.000Z",
            "a.20260101T000000.000Z",
            "a.20260101T000000.001Z",
        ];
        let others = [
            "a",
            "a.old",
            "a.20200101T000000.000Z.gz",
            "b.20200101T000000.000Z",
            "a.2020-01-01T000000.0Z",
        ];
        for name in ours.iter().chain(&others) {
            fs::write(folder.file(name), "").unwrap();
        }
        prune(&folder.file("a"), 0);
        assert_eq!(folder.names().len(), 8);
        prune(&folder.file("a"), 2);
        assert!(!folder.file(ours[0]).exists());
        assert_eq!(folder.names().len(), 7);
    }
}
