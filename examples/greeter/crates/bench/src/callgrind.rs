//! Counts instructions, by valgrind's `callgrind`.

use std::path::Path;

use crate::Error;

/// The words before a command that is to be counted; the counts go to the file `out`.
pub(crate) fn around(out: &Path) -> [String; 4] {
    let option = format!("--callgrind-out-file={}", out.display());
    let words = ["valgrind", "--quiet", "--tool=callgrind", &option];
    words.map(str::to_owned)
}

/// The instructions of a run that has ended.
pub(crate) fn total(out: &Path) -> Result<f64, Error> {
    let text = std::fs::read_to_string(out)?;
    let sum = text.lines().find_map(|line| {
        let sum = line
            .strip_prefix("totals: ")
            .or_else(|| line.strip_prefix("summary: "))?;
        sum.trim().parse().ok()
    });
    sum.ok_or_else(|| "callgrind wrote no sum".into())
}
