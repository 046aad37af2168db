//! What becomes of a project, for people and for programs.

use std::path::Path;

use serde_json::json;

use super::{Format, Outcome, against, print, print_json, table::table};
use crate::error::Problem;
use crate::fs;
use crate::git::git;
use crate::merge::{self, Kept};
use crate::sync::{FileState, Prepared, Standing};
use crate::ui::Shell;
use crate::write::Change;

/// A table of what becomes of each file that does not simply stay as it is.
pub(super) fn outcomes(
    prepared: &Prepared,
    format: Format,
    written: bool,
    shell: Shell,
) -> Outcome {
    let rows = prepared.outcomes.iter().filter_map(|(path, outcome)| {
        let (word, why) = words(outcome).or_else(|| renewable(prepared, path, outcome))?;
        Some((path, word, why))
    });
    match format {
        Format::Json => {
            let files = rows.map(|(path, outcome, why)| {
                let lines = match &prepared.outcomes[path] {
                    merge::Outcome::Conflict(conflict) => conflict.lines.clone(),
                    _ => Vec::new(),
                };
                json!({
                    "path": path,
                    "owner": prepared.owner(path).to_string(),
                    "outcome": outcome,
                    "reason": why,
                    "lines": lines,
                })
            });
            let value = json!({
                "files": files.collect::<Vec<_>>(),
                "protos": against::json(&prepared.evolution)["changes"],
                "unresolved": prepared.unresolved,
                "written": written,
            });
            print_json(shell, &value)
        }
        Format::Text => {
            let row = |(path, word, why): (&String, &str, &str)| {
                vec![word.to_owned(), path.clone(), why.to_owned()]
            };
            print(shell, &table(&rows.map(row).collect::<Vec<_>>()))
        }
    }
}

/// The word for an outcome, and what is not plain about it; `None` if there is nothing to tell.
fn words(outcome: &merge::Outcome) -> Option<(&'static str, &'static str)> {
    Some(match outcome {
        merge::Outcome::Created(_) => ("created", ""),
        merge::Outcome::Updated(_) => ("updated", ""),
        merge::Outcome::Merged(_) => ("merged", "with your edits"),
        merge::Outcome::Removed => ("removed", ""),
        merge::Outcome::Conflict(_) => ("conflict", "you and the tool changed the same"),
        merge::Outcome::Kept(Kept::Orphaned) => ("kept", "no longer rendered, but you edited it"),
        merge::Outcome::Unchanged | merge::Outcome::Kept(_) => return None,
    })
}

/// A file of the user's that nobody edited, and that is rendered otherwise now.
fn renewable(
    prepared: &Prepared,
    path: &str,
    outcome: &merge::Outcome,
) -> Option<(&'static str, &'static str)> {
    let is_yours = *outcome == merge::Outcome::Kept(Kept::Yours);
    (is_yours && prepared.is_unedited(path)).then_some((
        "kept",
        "yours, and rendered otherwise now: `protosmith reset` renews it",
    ))
}

/// What would change, line by line.
pub(super) fn diff(prepared: &Prepared, shell: Shell) -> Outcome {
    let mut text = patches(&prepared.changes());
    if prepared.is_stopped() {
        for (path, conflict) in prepared.conflicts() {
            let yours = prepared.yours().0.get(path).map(AsRef::as_ref);
            let marked = conflict.marked.as_ref().unwrap_or(&conflict.theirs);
            text += &file_patch(path, yours, Some(marked));
        }
    }
    show(&text, shell)
}

/// What these changes are, line by line.
pub(super) fn patch(changes: &[Change], shell: Shell) -> Outcome {
    show(&patches(changes), shell)
}

fn patches(changes: &[Change]) -> String {
    let patches = changes
        .iter()
        .map(|change| file_patch(&change.path, change.old.as_deref(), change.new.as_deref()));
    patches.collect()
}

fn show(text: &str, shell: Shell) -> Outcome {
    shell
        .diff(text)
        .map_err(|error| Problem::new(format!("cannot write to stdout: {error}")))?;
    Ok(())
}

/// The difference of one file, as git writes it.
fn file_patch(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> String {
    let side = |letter: &str, bytes: Option<&[u8]>| match bytes {
        Some(_) => format!("{letter}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let read = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
        None => Some(String::new()),
    };
    let (from, to) = (side("a", old), side("b", new));
    match (read(old), read(new)) {
        (Some(old), Some(new)) => {
            let mut options = diffy::DiffOptions::new();
            options
                .set_original_filename(from)
                .set_modified_filename(to);
            options.create_patch(&old, &new).to_string()
        }
        _ => format!("--- {from}\n+++ {to}\nno text\n"),
    }
}

/// Where files stand; in a text those that stand as they should are only told if `all` are wanted.
pub(super) fn states(states: &[FileState], format: Format, all: bool, shell: Shell) -> Outcome {
    match format {
        Format::Json => {
            let files = states.iter().map(|state| {
                json!({
                    "path": state.path,
                    "owner": state.owner.to_string(),
                    "state": state.standing.to_string(),
                })
            });
            print_json(shell, &json!({ "files": files.collect::<Vec<_>>() }))
        }
        Format::Text => {
            let told = states
                .iter()
                .filter(|state| all || state.standing != Standing::Pristine);
            let row = |state: &FileState| {
                vec![
                    state.standing.to_string(),
                    state.owner.to_string(),
                    state.path.clone(),
                ]
            };
            let mut rows = vec![["STATE", "OWNER", "FILE"].map(str::to_owned).to_vec()];
            rows.extend(told.map(row));
            match rows.len() {
                1 => Ok(()),
                _ => print(shell, &table(&rows)),
            }
        }
    }
}

/// What was done, in a line.
pub(super) fn done(prepared: &Prepared, changes: &[Change], shell: Shell) {
    if changes.is_empty() {
        return shell.status("Fresh", "everything is up to date");
    }
    let outcomes = || {
        changes
            .iter()
            .filter_map(|change| prepared.outcomes.get(&change.path))
    };
    let words = ["created", "updated", "merged", "removed", "conflict"];
    let counts = words.iter().filter_map(|word| {
        let n = outcomes()
            .filter(|outcome| words_of(outcome) == Some(word))
            .count();
        (n > 0).then(|| match *word {
            "conflict" => count(n, "conflict"),
            word => format!("{n} {word}"),
        })
    });
    shell.status("Synced", &counts.collect::<Vec<_>>().join(", "));
}

fn words_of(outcome: &merge::Outcome) -> Option<&'static str> {
    words(outcome).map(|(word, _)| word)
}

/// Warns if files that change have changes that git has not recorded.
pub(super) fn warn_if_dirty(root: &Path, changes: &[Change], shell: Shell) {
    if is_dirty(root, changes) {
        let problem = Problem::new("the files that change have changes that are not committed")
            .hint("`git diff` will show both together; `protosmith undo` takes these back");
        shell.warn(&[problem]);
    }
}

/// Whether git knows of changes to these files that are not committed. Without git, or outside of a repository, there are
/// none.
fn is_dirty(root: &Path, changes: &[Change]) -> bool {
    let paths = changes.iter().filter(|change| change.old.is_some());
    let paths: Vec<_> = paths.map(|change| change.path.as_str()).collect();
    if paths.is_empty() {
        return false;
    }
    let status = git(fs::or_here(root))
        .args(["status", "--porcelain", "--untracked-files=no", "--"])
        .args(paths)
        .output();
    status.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

/// `1 file`, `2 files`.
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
