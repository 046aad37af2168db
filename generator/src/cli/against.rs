//! `protosmith inspect --against`: what a change of protos means.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::inspect::Protos as ProtoArgs;
use super::{Failure, Format, Outcome, print, print_json, table::table};
use crate::error::{Problem, Result};
use crate::evolution::{self, Breaks, Change, ChangeKind, Protos};
use crate::existing;
use crate::git::Revision;
use crate::proto::{self, Compiled, Include};
use crate::ui::Shell;

/// What is not let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// What breaks callers or generated code
    Breaking,
}

pub(super) fn run(
    args: &ProtoArgs,
    against: &str,
    deny: Option<Deny>,
    format: Format,
    shell: Shell,
) -> Outcome {
    let compared = || {
        let request = request(args)?;
        let after = proto::compile(&request)?;
        let before = before(&request, &after, against, args.files.is_empty())?;
        evolution::compare(&before, &Protos::new(&after))
    };
    let changes = shell.patiently("on the protos", compared)?;
    match format {
        Format::Text => {
            print(shell, &text(&changes))?;
            shell.say(&format!("{}\n", summary(&changes)));
        }
        Format::Json => print_json(shell, &json(&changes))?,
    }
    match deny {
        Some(Deny::Breaking) => refuse_breaking(&changes, &format!("since `{against}`")),
        None => Ok(()),
    }
}

/// Fails if something breaks; `since` says when that was not so.
pub(super) fn refuse_breaking(changes: &[Change], since: &str) -> Outcome {
    let count = match changes.iter().filter(|change| change.is_breaking()).count() {
        0 => return Ok(()),
        1 => "1 change breaks".to_owned(),
        more => format!("{more} changes break"),
    };
    let problem = Problem::new(format!("{count} callers or generated code, {since}"));
    let problem = problem.hint("add fields, methods and packages instead of changing them");
    Err(Failure::Failed(problem.into()))
}

/// The protos as they are: those that are named, or those of the project that the user stands in.
fn request(args: &ProtoArgs) -> Result<proto::Request> {
    if args.files.is_empty() {
        return existing::protos(Path::new(".")).map_err(|_| {
            let problem = Problem::new("no proto is named, and there is no project here");
            problem
                .hint("name them with `--proto FILE`, or run this in a project's folder")
                .into()
        });
    }
    Ok(proto::Request {
        protos: args.files.clone(),
        includes: args.includes.clone(),
    })
}

/// The protos as they were, in a folder or at a revision.
fn before(
    request: &proto::Request,
    after: &Compiled,
    against: &str,
    of_project: bool,
) -> Result<Protos> {
    let folder = Path::new(against);
    if folder.is_dir() {
        let request = match existing::is_project(folder) {
            true => existing::protos(folder)?,
            false => alike(folder, after)?,
        };
        return Ok(Protos::new(&proto::compile(&request)?));
    }
    let first = request
        .protos
        .first()
        .map_or(Path::new("."), PathBuf::as_path);
    let around = first.ancestors().skip(1).find(|folder| folder.is_dir());
    let around = around.unwrap_or(Path::new("."));
    let revision = Revision::read(around, against)?;
    let request = match of_project {
        true => project_at(&revision, against),
        false => files_at(&revision, request, after, against),
    };
    let compiled = request.and_then(|request| proto::compile(&request));
    compiled
        .map(|compiled| Protos::new(&compiled))
        .map_err(|error| revision.named(error))
}

/// The files in a folder that have the import names of those that are named now.
fn alike(folder: &Path, after: &Compiled) -> Result<proto::Request> {
    let given = after.sources.iter().filter(|source| source.given);
    let names: Vec<_> = given.map(|source| source.name.as_str()).collect();
    let protos: Vec<_> = names
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| path.is_file())
        .collect();
    if protos.is_empty() {
        let message = format!(
            "none of `{}` is in `{}`",
            names.join("`, `"),
            folder.display()
        );
        let problem = Problem::new(message);
        return Err(problem
            .hint("name the folder that imports start from, or a project")
            .into());
    }
    Ok(proto::Request {
        protos,
        includes: vec![Include {
            prefix: None,
            dir: folder.to_owned(),
        }],
    })
}

/// The protos of the project, as its own answers named them at that time.
fn project_at(revision: &Revision, name: &str) -> Result<proto::Request> {
    let folder = revision.path_of(Path::new("."));
    let folder = folder.filter(|folder| existing::is_project(folder));
    let folder =
        folder.ok_or_else(|| Problem::new(format!("there is no project here at `{name}`")))?;
    existing::protos(&folder)
}

/// The files that are named, at the revision; those that were not there are new.
fn files_at(
    revision: &Revision,
    request: &proto::Request,
    after: &Compiled,
    name: &str,
) -> Result<proto::Request> {
    let there = |path: &PathBuf| revision.path_of(path).filter(|path| path.exists());
    let protos: Vec<_> = request.protos.iter().filter_map(there).collect();
    if protos.is_empty() {
        return Err(
            Problem::new(format!("none of the protos is there at `{name}`"))
                .hint("if they were moved since, name a folder with the protos as they were")
                .into(),
        );
    }
    let mut includes = request.includes.clone();
    for include in &mut includes {
        if let Some(dir) = revision.path_of(&include.dir).filter(|dir| dir.is_dir()) {
            include.dir = dir;
        }
    }
    // What the files suggest now as roots, they were then.
    let roots = after.sources.iter().filter_map(|source| {
        let levels = Path::new(&source.name).components().count();
        let root = revision
            .path_of(&source.path)?
            .ancestors()
            .nth(levels)?
            .to_owned();
        root.is_dir().then_some(root)
    });
    for dir in roots {
        if includes.iter().all(|include| include.dir != dir) {
            includes.push(Include { prefix: None, dir });
        }
    }
    Ok(proto::Request { protos, includes })
}

pub(super) fn text(changes: &[Change]) -> String {
    let mut rows = vec![
        ["BREAKS", "RULE", "WHERE", "CHANGE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut changes: Vec<_> = changes.iter().collect();
    // The worst first; else in the order of the files.
    changes.sort_by_key(|change| std::cmp::Reverse(change.breaks));
    for change in &changes {
        let at = change.at.as_ref().map(ToString::to_string);
        rows.push(vec![
            match change.breaks {
                Breaks::Nothing => "-".to_owned(),
                breaks => breaks.name().to_owned(),
            },
            change.rule.unwrap_or("-").to_owned(),
            at.unwrap_or_default(),
            change.message.clone(),
        ]);
    }
    if changes.is_empty() {
        String::new()
    } else {
        table(&rows)
    }
}

/// One line for all of it.
fn summary(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no proto has changed".to_owned();
    }
    let count = |breaks: Breaks| {
        changes
            .iter()
            .filter(|change| change.breaks == breaks)
            .count()
    };
    let told = [
        (Breaks::Wire, "the wire"),
        (Breaks::Json, "JSON"),
        (Breaks::Code, "generated code"),
        (Breaks::Files, "only code that is generated by file"),
        (Breaks::Nothing, "nothing"),
    ];
    let told = told.iter().filter(|(breaks, _)| count(*breaks) > 0);
    let told: Vec<_> = told
        .map(|(breaks, what)| format!("{} {what}", count(*breaks)))
        .collect();
    format!("\nchanges that break: {}", told.join(", "))
}

pub(super) fn json(changes: &[Change]) -> Value {
    let list = changes.iter().map(|change| {
        json!({
            "change": change.kind.name(),
            "what": change.what,
            "name": change.name,
            "to": match &change.kind {
                ChangeKind::Renamed(to) => Some(to),
                _ => None,
            },
            "message": change.message,
            "rule": change.rule,
            "breaks": change.breaks.name(),
            "file": change.at.as_ref().map(|at| &at.file),
            "line": change.at.as_ref().and_then(|at| at.line),
        })
    });
    json!({
        "breaking": changes.iter().any(Change::is_breaking),
        "changes": list.collect::<Vec<_>>(),
    })
}
