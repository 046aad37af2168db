//! `--include DIR` and `--include PREFIX=DIR`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::tree::is_plain;

/// A directory that imports are looked up in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// What the names of the files in it start with, without a slash at the end:
    /// `github.com/acme/api` lets `github.com/acme/api/user.proto` be `user.proto` in `dir`.
    pub prefix: Option<String>,
    /// The directory, as the user typed it.
    pub dir: PathBuf,
}

impl Include {
    /// Where a file of this import name would be; `None` if the prefix is another one.
    pub fn path_of(&self, import: &str) -> Option<PathBuf> {
        match &self.prefix {
            None => Some(self.dir.join(import)),
            Some(prefix) => Some(
                self.dir
                    .join(import.strip_prefix(prefix.as_str())?.strip_prefix('/')?),
            ),
        }
    }

    /// The import name of a file that lies at `below` in the directory.
    pub fn name_of(&self, below: &Path) -> Option<String> {
        let below = slashed(below)?;
        Some(match &self.prefix {
            None => below,
            Some(prefix) => format!("{prefix}/{below}"),
        })
    }
}

/// The path with `/` between its parts; `None` if a part is not a plain name in UTF-8.
pub(super) fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path
        .components()
        .map(|part| match part {
            std::path::Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    parts
        .filter(|parts| !parts.is_empty())
        .map(|parts| parts.join("/"))
}

impl fmt::Display for Include {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.prefix {
            Some(prefix) => write!(f, "{prefix}={}", self.dir.display()),
            None => write!(f, "{}", self.dir.display()),
        }
    }
}

impl FromStr for Include {
    type Err = String;

    /// Reads `DIR` or `PREFIX=DIR`. A directory with `=` in its name is written `./a=b`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (prefix, dir) = match text.split_once('=') {
            // A path in front of the sign belongs to a directory name, not to an import.
            Some((prefix, dir)) if !prefix.starts_with(['.', '/']) => {
                (Some(prefix.trim_end_matches('/')), dir)
            }
            _ => (None, text),
        };
        if dir.is_empty() {
            return Err("expected a directory, or `PREFIX=DIR`".to_owned());
        }
        if prefix.is_some_and(|prefix| !is_plain(prefix)) {
            return Err(
                "expected a prefix as imports have it, such as `github.com/acme/api`, before the `=`".to_owned()
            );
        }
        Ok(Self {
            prefix: prefix.map(str::to_owned),
            dir: PathBuf::from(dir),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, String) {
        let include: Include = text.parse().expect("a valid include");
        (include.prefix, include.dir.display().to_string())
    }

    #[test]
    fn reads_directories_and_prefixes() {
        assert_eq!(read("protos"), (None, "protos".into()));
        assert_eq!(read("./a=b"), (None, "./a=b".into()));
        assert_eq!(
            read("github.com/acme/api=../api"),
            (Some("github.com/acme/api".into()), "../api".into())
        );
        assert_eq!(read("api/=x"), (Some("api".into()), "x".into()));
        for wrong in ["", "a=", "=b", "a//b=c", "a/../b=c", r"a\b=c"] {
            assert!(wrong.parse::<Include>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_prefix_is_whole_directories() {
        let include: Include = "acme/api=x".parse().expect("a valid include");
        assert_eq!(
            include.path_of("acme/api/a.proto"),
            Some(PathBuf::from("x/a.proto"))
        );
        assert_eq!(include.path_of("acme/apis/a.proto"), None);
        assert_eq!(
            include.name_of(Path::new("v1/a.proto")).as_deref(),
            Some("acme/api/v1/a.proto")
        );
    }
}
