//! Protos as they were at a revision.
//!
//! In: a folder in a git repository, and a revision. Out: a copy of every proto of that revision, in a temporary
//! folder. The repository is only read, by the user's own `git`.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::error::{Error, Problem, Result};
use crate::fs;
use crate::project::FILE;

/// The protos of a revision.
#[derive(Debug)]
pub(crate) struct Revision {
    /// As the user said it.
    name: String,
    /// The root of the repository.
    top: PathBuf,
    /// The copy of it; removed with this value.
    copy: TempDir,
}

impl Revision {
    /// Copies the protos, and the answers of projects, of the repository that holds `folder`.
    ///
    /// # Errors
    /// There is no git, no repository, or no such revision.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self> {
        let top = said(
            run(git(folder).args(["rev-parse", "--show-toplevel"]))?,
            name,
        )?;
        let top = PathBuf::from(top.trim_end_matches(['\r', '\n']));
        let commit = format!("{name}^{{commit}}");
        let commit = run(git(&top).args(["rev-parse", "--verify", "--end-of-options", &commit]))?;
        let commit = said(commit, name)?.trim().to_owned();
        let listed = run(git(&top).args(["ls-tree", "-r", "-z", &commit]))?;
        let listed = said(listed, name)?;
        let copy = tempfile::tempdir();
        let copy =
            copy.map_err(|error| Problem::new(format!("cannot make a temporary folder: {error}")))?;
        let entries: Vec<_> = listed.split('\0').filter_map(entry).collect();
        extract(&top, &entries, copy.path())?;
        Ok(Self {
            name: name.to_owned(),
            top,
            copy,
        })
    }

    /// Where the copy of a path is; `None` if that lies outside of the repository.
    pub(crate) fn path_of(&self, path: &Path) -> Option<PathBuf> {
        // The file may be gone, its folder too.
        let absolute = std::path::absolute(path).ok()?;
        let known = absolute
            .ancestors()
            .find_map(|above| Some((above, above.canonicalize().ok()?)));
        let (above, real) = known?;
        let full = real.join(absolute.strip_prefix(above).ok()?);
        let top = self.top.canonicalize().ok()?;
        Some(self.copy.path().join(full.strip_prefix(top).ok()?))
    }

    /// The error with the paths as git writes them: `REV:PATH`.
    pub(crate) fn named(&self, error: Error) -> Error {
        let copy = format!(
            "{}{}",
            self.copy.path().display(),
            std::path::MAIN_SEPARATOR
        );
        let named = |text: &str| text.replace(&copy, &format!("{}:", self.name));
        let problems = error.problems.into_iter().map(|mut problem| {
            problem.message = named(&problem.message);
            problem.hint = problem.hint.as_deref().map(named);
            if let Some(at) = &mut problem.at {
                at.file = named(&at.file);
            }
            problem
        });
        Error {
            problems: problems.collect(),
        }
    }
}

/// A git that says nothing in other languages and asks nothing.
pub(crate) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Result<Output> {
    command.output().map_err(|error| no_git(&error))
}

fn no_git(error: &std::io::Error) -> Error {
    Problem::new(format!("cannot run `git`: {error}"))
        .hint("install it, or name a folder with the protos as they were")
        .into()
}

/// What git wrote, if it succeeded.
fn said(output: Output, revision: &str) -> Result<String> {
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .map_err(|_| Problem::new("a path in the git repository is not UTF-8").into());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    let why = why
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("fatal: ");
    let problem = Problem::new(format!(
        "`{revision}` is neither a folder nor a git revision: {why}"
    ));
    Err(problem
        .hint("name a folder with protos, a project, or a revision such as `main` or `HEAD~1`")
        .into())
}

/// The object and the path of a file that is needed, out of a line of `ls-tree`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split(' ');
    let is_file = about.next()?.starts_with("100") && about.next()? == "blob";
    let object = about.next()?;
    let is_needed = path.ends_with(".proto") || path == FILE || path.ends_with(&format!("/{FILE}"));
    let is_plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (is_file && is_needed && is_plain).then_some((object, path))
}

/// Writes the objects to their paths below `to`; one git gives them all.
fn extract(top: &Path, entries: &[(&str, &str)], to: &Path) -> Result<()> {
    let mut child = git(top)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| no_git(&error))?;
    let broken = || Problem::new("`git cat-file` ended in the middle of an answer");
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken().into());
    };
    let wanted: String = entries
        .iter()
        .map(|(object, _)| format!("{object}\n"))
        .collect();
    // Both pipes at once: each is as long as a pipe is.
    let writer = std::thread::spawn(move || input.write_all(wanted.as_bytes()));
    let mut output = std::io::BufReader::new(output);
    for (_, path) in entries {
        let mut header = Vec::new();
        std::io::BufRead::read_until(&mut output, b'\n', &mut header).map_err(|_| broken())?;
        let header = String::from_utf8_lossy(&header);
        let length = header
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|length| length.parse::<u64>().ok());
        let length = length.ok_or_else(broken)?;
        let mut bytes = Vec::new();
        (&mut output)
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(|_| broken())?;
        // The line break behind each object.
        (&mut output)
            .take(1)
            .read_to_end(&mut Vec::new())
            .map_err(|_| broken())?;
        let path = to.join(OsString::from(path));
        fs::create_above(&path)?;
        fs::write_new(&path, &bytes)?;
    }
    drop(output);
    let _ = writer.join();
    let _ = child.wait();
    Ok(())
}
