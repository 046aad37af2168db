//! `protosmith sync`, and what `add`, `remove` and `reset` do after they changed what is asked for.

use clap::ValueEnum;
use globset::{GlobBuilder, GlobSetBuilder};

use super::project::Project;
use super::{Failure, Format, Outcome, against, report};
use crate::error::{Error, Problem, Result};
use crate::project::Place;
use crate::stub::State;
use crate::sync::{self, Options, Prepared, Resolution};
use crate::ui::Shell;

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Renders the project again and brings its files along. Files of the tool that you edited are merged with what is \
rendered now; files of yours stay as they are, and files that you deleted stay deleted. Where you and the tool changed \
the same lines, nothing at all is written and the exit code is 3, unless `--conflict` says what to do. \
`protosmith undo` takes it back.

Methods that are new in the protos are inserted into your handlers as stubs, and nothing else of yours changes; what has become of the \
protos, and what only you can do about it, is told.

Examples:
  protosmith sync --diff                     what would change, and write nothing
  protosmith sync --check                    for CI: exit code 3 if something is out of date
  protosmith sync --check --deny unimplemented,breaking
  protosmith sync --only 'config/**'         these files alone
  protosmith sync --conflict markers         write conflicts into the files, as git does")]
pub(super) struct Args {
    #[command(flatten)]
    project: Project,

    /// Only files that match, such as `deploy/**` (can be repeated)
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,

    /// Say where each file stands, and write nothing; exit code 3 if something is out of date
    #[arg(long, conflicts_with_all = ["diff", "dry_run"])]
    check: bool,

    /// Features to add to the settings first (comma-separated, can be repeated)
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    with: Vec<String>,

    /// Features to take out of the settings first (comma-separated, can be repeated)
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    without: Vec<String>,

    #[command(flatten)]
    how: How,
}

/// How files are brought along.
#[derive(Debug, clap::Args)]
pub(super) struct How {
    /// Show what would change line by line, and write nothing; on a terminal in `$PROTOSMITH_PAGER` or `$PAGER`
    #[arg(long, conflicts_with = "dry_run")]
    diff: bool,

    /// Show which files would change, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// What to do where you and the tool changed the same lines
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    conflict: ConflictArg,

    /// Fail, and write nothing, if this is so (comma-separated, can be repeated)
    #[arg(long, value_enum, value_delimiter = ',')]
    deny: Vec<DenyArg>,

    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DenyArg {
    /// The protos have changed so that callers or generated code break
    Breaking,
    /// A method is missing or still answers UNIMPLEMENTED
    Unimplemented,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ConflictArg {
    /// Write nothing at all
    #[default]
    Stop,
    /// Write both sides between markers
    Markers,
    /// Keep your file
    Mine,
    /// Take what is rendered
    Theirs,
}

impl From<ConflictArg> for Resolution {
    fn from(conflict: ConflictArg) -> Self {
        match conflict {
            ConflictArg::Stop => Self::Stop,
            ConflictArg::Markers => Self::Markers,
            ConflictArg::Mine => Self::Mine,
            ConflictArg::Theirs => Self::Theirs,
        }
    }
}

pub(super) fn run(args: &Args, shell: Shell) -> Outcome {
    let options = Options {
        only: match args.only.is_empty() {
            true => None,
            false => Some(globs(&args.only)?),
        },
        with: args.with.clone(),
        without: args.without.clone(),
        ..Options::default()
    };
    if args.check {
        return check(&args.project, &options, &args.how, shell);
    }
    bring_along(&args.project, options, &args.how, shell)
}

/// Prepares, shows, and writes if that is what is wanted.
pub(super) fn bring_along(
    project: &Project,
    mut options: Options,
    how: &How,
    shell: Shell,
) -> Outcome {
    options.resolution = how.conflict.into();
    let looks = how.diff || how.dry_run;
    let (place, _running) = match looks {
        true => (project.look()?, None),
        false => {
            let (place, running) = project.open(shell)?;
            (place, Some(running))
        }
    };
    let template = project.template(&place)?;
    let prepared = shell.patiently("on the protos", || {
        sync::prepare(&place, &template, &options)
    })?;
    shell.warn(&prepared.notes);
    tell_evolution(&prepared, how, shell);
    denied(&place, &prepared, how)?;
    let shown = |written: bool| match how.diff {
        true => report::diff(&prepared, shell),
        false => report::outcomes(&prepared, how.format, written, shell),
    };
    if looks || prepared.is_stopped() {
        shown(false)?;
        if prepared.is_stopped() {
            return Err(Failure::OutOfDate(Some(stopped(&place, &prepared))));
        }
        shell.say("nothing was written (dry run)\n");
        return Ok(());
    }
    let changes = prepared.changes();
    report::warn_if_dirty(place.root(), &changes, shell);
    let written = prepared.write()?;
    shown(written)?;
    report::done(&prepared, &changes, shell);
    match prepared.conflicts().next() {
        Some(_) if options.resolution == Resolution::Markers => Err(Failure::OutOfDate(None)),
        _ => Ok(()),
    }
}

fn check(project: &Project, options: &Options, how: &How, shell: Shell) -> Outcome {
    let place = project.look()?;
    let template = project.template(&place)?;
    let prepared = sync::prepare(&place, &template, options)?;
    let mut states = prepared.standing()?;
    if let Some(only) = &options.only {
        states.retain(|state| only.is_match(&state.path));
    }
    shell.warn(&prepared.notes);
    tell_evolution(&prepared, how, shell);
    report::states(&states, how.format, false, shell)?;
    denied(&place, &prepared, how)?;
    let behind = states
        .iter()
        .filter(|state| state.standing.is_out_of_date())
        .count();
    match behind {
        0 => {
            shell.status(
                "Checked",
                &format!("{}, all up to date", report::count(states.len(), "file")),
            );
            Ok(())
        }
        _ => {
            let message = format!("{} out of date", report::count(behind, "file"));
            let problem = Problem::new(message).hint("run `protosmith sync`");
            Err(Failure::OutOfDate(Some(problem.into())))
        }
    }
}

/// What has become of the protos; in JSON it is part of the report.
fn tell_evolution(prepared: &Prepared, how: &How, shell: Shell) {
    if !prepared.evolution.is_empty() && how.format == Format::Text {
        shell.say(&format!("{}\n", against::text(&prepared.evolution)));
    }
}

/// Fails if something is so that is not to be.
fn denied(place: &Place, prepared: &Prepared, how: &How) -> Outcome {
    if how.deny.contains(&DenyArg::Breaking) {
        against::refuse_breaking(&prepared.evolution, "since the protos were rendered last")?;
    }
    if !how.deny.contains(&DenyArg::Unimplemented) {
        return Ok(());
    }
    let survey = sync::survey(place, prepared.model())?;
    let unwritten = survey
        .methods
        .iter()
        .filter(|method| method.state != State::Written);
    let problems = unwritten.map(|method| {
        let name = format!("{}/{}", method.service, method.method);
        let problem = Problem::new(format!("`{name}` is not written: {}", method.state.name()));
        match &method.at {
            Some(at) => problem.at(place.shown(&at.file), at.line, at.column),
            None => problem,
        }
    });
    Ok(Error::check(problems.collect())?)
}

/// Why nothing is written.
fn stopped(place: &crate::project::Place, prepared: &Prepared) -> Error {
    let open = prepared.unresolved.iter().map(|path| {
        Problem::new(format!("`{path}` still has the markers of a conflict"))
            .at(place.shown(path), None, None)
            .hint("edit it, or `protosmith reset` it")
    });
    let conflicts = prepared.conflicts().map(|(path, conflict)| {
        let message = match &conflict.marked {
            Some(_) => format!("you and the tool changed the same lines of `{path}`"),
            None => format!("you and the tool changed `{path}`, which is no text"),
        };
        let first = conflict.lines.first().copied();
        Problem::new(message)
            .at(place.shown(path), first, None)
            .hint(match &conflict.marked {
                Some(_) => "say what to do with `--conflict markers`, `mine` or `theirs`",
                None => "say what to do with `--conflict mine` or `theirs`",
            })
    });
    open.chain(conflicts).collect::<Vec<_>>().into()
}

fn globs(globs: &[String]) -> Result<globset::GlobSet> {
    let mut set = GlobSetBuilder::new();
    let mut problems = Vec::new();
    for glob in globs {
        // A folder stands for all in it.
        let text = match glob.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => glob.clone(),
        };
        match GlobBuilder::new(&text).literal_separator(true).build() {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => problems.push(
                Problem::new(format!("`--only {glob}` is no pattern: {}", error.kind()))
                    .hint("write it such as `deploy/**`"),
            ),
        }
    }
    Error::check(problems)?;
    set.build()
        .map_err(|error| Problem::new(format!("`--only`: {error}")).into())
}
