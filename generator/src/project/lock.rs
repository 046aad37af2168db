//! `.protosmith/lock.toml`: which files were rendered last, by which tool, and whose they are.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::fingerprint::Fingerprint;
use crate::error::{Error, Problem};
use crate::plan::Owner;
use crate::proto::locate::position;

/// Where it lies in a project.
pub const LOCK: &str = ".protosmith/lock.toml";

/// What was rendered last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The version of the tool.
    pub tool: String,
    /// Which state of a team's template; `None` for the one of the tool.
    pub template: Option<String>,
    /// What it was rendered from; empty if only a part of the files was brought along.
    pub inputs: Fingerprint,
    /// The files, by path.
    pub files: BTreeMap<String, Locked>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Who keeps it up to date.
    pub owner: Owner,
    /// What was rendered, as [`super::hash`] has it.
    pub hash: String,
    /// Whether it was written with the markers of a conflict.
    pub conflict: bool,
}

/// Why a lock cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// It is damaged.
    Damaged(Error),
    /// It has the format of a newer version of the tool, which is no damage: what it means must not be guessed.
    Newer(Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    tool: String,
    template: Option<String>,
    inputs: String,
    #[serde(default)]
    files: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    owner: String,
    hash: String,
    #[serde(default)]
    conflict: bool,
}

/// The format of the file.
const VERSION: u32 = 1;

impl Lock {
    /// Reads the file.
    ///
    /// # Errors
    /// It is damaged, or of a newer version of the tool.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let wrong = |message: String| Problem::new(message).at(LOCK, None, None);
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| position(text, span.start).0);
            Problem::new(error.message().to_owned()).at(LOCK, line, None)
        })?;
        if file.version != VERSION {
            let found = file.version;
            let message = format!("the lock has the format {found}, expected {VERSION}");
            let problem =
                wrong(message).hint("use the version of protosmith that wrote it, or a newer one");
            return Err(Unreadable::Newer(problem.into()));
        }
        let mut files = BTreeMap::new();
        for (path, row) in file.files {
            let owner = match row.owner.as_str() {
                "tool" => Owner::Tool,
                "yours" => Owner::Yours,
                other => return Err(wrong(format!("`{path}` has the owner `{other}`")).into()),
            };
            let locked = Locked {
                owner,
                hash: row.hash,
                conflict: row.conflict,
            };
            files.insert(path, locked);
        }
        Ok(Self {
            tool: file.tool,
            template: file.template,
            inputs: Fingerprint(file.inputs),
            files,
        })
    }
}

impl From<Problem> for Unreadable {
    fn from(problem: Problem) -> Self {
        Self::Damaged(problem.into())
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Damaged(error) | Unreadable::Newer(error) => error,
        }
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| toml_edit::Value::from(text).to_string();
        f.write_str("# What protosmith rendered last. Commit it, and leave it alone.\n")?;
        writeln!(f, "version = {VERSION}")?;
        writeln!(f, "tool = {}", text(&self.tool))?;
        if let Some(template) = &self.template {
            writeln!(f, "template = {}", text(template))?;
        }
        writeln!(f, "inputs = {}", text(&self.inputs.0))?;
        f.write_str("\n[files]\n")?;
        for (path, locked) in &self.files {
            let conflict = if locked.conflict {
                ", conflict = true"
            } else {
                ""
            };
            writeln!(
                f,
                "{path} = {{ owner = \"{owner}\", hash = \"{hash}\"{conflict} }}",
                path = quoted(path),
                owner = locked.owner,
                hash = locked.hash,
            )?;
        }
        Ok(())
    }
}

/// A path as a key.
fn quoted(path: &str) -> String {
    match path.contains(['"', '\\']) || path.contains(char::is_control) {
        true => toml_edit::Key::new(path).to_string(),
        false => format!("\"{path}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let locked = |owner, conflict| Locked {
            owner,
            hash: "00".to_owned(),
            conflict,
        };
        let lock = Lock {
            tool: "0.1.0".to_owned(),
            template: Some("cd".to_owned()),
            inputs: Fingerprint("ab".to_owned()),
            files: BTreeMap::from([
                ("a/b.rs".to_owned(), locked(Owner::Tool, false)),
                ("odd \"name\\.rs".to_owned(), locked(Owner::Yours, true)),
            ]),
        };
        assert_eq!(Lock::read(&lock.to_string()).expect("it is whole"), lock);
    }

    #[test]
    fn damage_has_a_line() {
        let said = |text: &str| Error::from(Lock::read(text).expect_err("damaged")).to_string();
        assert!(said("version = 1\ntool = \n").contains("lock.toml:2"));
        assert!(said("version = 2\ntool = ''\ninputs = ''\n").contains("format 2, expected 1"));
        let owner =
            "version = 1\ntool = ''\ninputs = ''\n[files]\na = { owner = 'x', hash = '' }\n";
        assert!(said(owner).contains("owner `x`"));
    }
}
