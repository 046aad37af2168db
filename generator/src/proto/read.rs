//! Reads one proto file from the disk.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::locate::position;
use crate::error::Problem;

/// The largest file that is read, in bytes: fifty times the largest one known.
const LIMIT: u64 = 16 << 20;

/// The text of the file, without a byte order mark.
///
/// # Errors
/// There is no such file, it is a directory or a device, it is too large, or it is not text.
pub(super) fn text(path: &Path) -> Result<String, Problem> {
    let shown = path.display().to_string();
    let wrong = |message: String| Problem::new(message).at(shown.clone(), None, None);
    let cannot = |error: std::io::Error| wrong(format!("cannot read `{shown}`: {}", said(&error)));
    // Asked before opening, since opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    if metadata.is_dir() {
        return Err(wrong(format!(
            "`{shown}` is a directory, expected a `.proto` file"
        ))
        .hint(format!(
            "name the files in it: `--proto {}`",
            path.join("FILE.proto").display()
        )));
    }
    if !metadata.is_file() {
        return Err(wrong(format!("`{shown}` is not a regular file")));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(cannot)?;
    if bytes.len() as u64 > LIMIT {
        return Err(wrong(format!(
            "`{shown}` is larger than {} MiB",
            LIMIT >> 20
        )));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(
            wrong(format!("`{shown}` is in UTF-16, expected UTF-8")).hint("save it as UTF-8")
        );
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let (line, column) = position(
            &String::from_utf8_lossy(bytes.get(..good).unwrap_or_default()),
            good,
        );
        let byte = bytes.get(good).copied().unwrap_or_default();
        Problem::new(format!(
            "`{shown}` is not UTF-8: found the byte 0x{byte:02x}"
        ))
        .at(shown.clone(), line, column)
        .hint("save it as UTF-8")
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Whether a file can be read there.
pub(super) fn exists(path: &Path) -> bool {
    path.is_file()
}

/// The one path that stands for all ways to a file; `None` if there is no such file.
pub(super) fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// The reason without the number that the system gives it.
fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about a file with these bytes, made that long.
    fn said(bytes: &[u8], length: u64) -> String {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        std::io::Write::write_all(&mut file, bytes).expect("written");
        file.as_file()
            .set_len(length.max(bytes.len() as u64))
            .expect("grown");
        text(file.path()).unwrap_or_else(|problem| problem.message)
    }

    #[test]
    fn says_why_a_file_is_no_text() {
        assert_eq!(said(b"\xef\xbb\xbfa\r\n", 0), "a\r\n");
        assert!(said(b"a\xe9", 0).ends_with("is not UTF-8: found the byte 0xe9"));
        assert!(said(b"\xff\xfea\0", 0).ends_with("is in UTF-16, expected UTF-8"));
        assert!(said(b"", LIMIT + 1).ends_with("is larger than 16 MiB"));
    }
}
