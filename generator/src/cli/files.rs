//! `protosmith list files`, `own`, `release`, `reset` and `undo`.

use std::path::PathBuf;

use super::project::Project;
use super::sync::{How, bring_along};
use super::{Format, Outcome, report};
use crate::sync::{self, Options};
use crate::ui::Shell;
use crate::write;

#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    project: Project,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
`sync` never changes a file of yours. What it would have changed is shown by `sync --diff` after `release`, which merges \
your edits with all that came since.

Examples:
  protosmith own crates/chassis/src/stack.rs
  protosmith own config/                        all in it")]
pub(super) struct Own {
    /// Files and folders of the project
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    project: Project,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The next `sync` brings the files along again, and merges the edits that you made.

Examples:
  protosmith release crates/chassis/src/stack.rs")]
pub(super) struct Release {
    /// Files and folders of the project
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    project: Project,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The files become what is rendered now, whatever they are: edits in them go, and deleted ones come back. `protosmith undo` \
takes it back.

Examples:
  protosmith reset config/default.yaml
  protosmith reset crates/chassis --diff")]
pub(super) struct Reset {
    /// Files and folders of the project
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    project: Project,

    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Takes back what the last `sync`, `add`, `remove`, `own`, `release` or `reset` did; a second `undo` does it again. Files that \
were changed since are named, and nothing is written.")]
pub(super) struct Undo {
    #[command(flatten)]
    project: Project,
}

pub(super) fn list(args: &List, shell: Shell) -> Outcome {
    let place = args.project.look()?;
    let prepared = sync::prepare(&place, &args.project.template(&place)?, &Options::default())?;
    shell.warn(&prepared.notes);
    report::states(&prepared.standing()?, args.format, true, shell)
}

pub(super) fn own(args: &Own, shell: Shell) -> Outcome {
    let (place, _running) = args.project.open(shell)?;
    let paths = args.project.paths(&place, &args.paths)?;
    sync::take(&place, &paths)?;
    shell.status("Yours", &paths.join(", "));
    Ok(())
}

pub(super) fn release(args: &Release, shell: Shell) -> Outcome {
    let (place, _running) = args.project.open(shell)?;
    let paths = args.project.paths(&place, &args.paths)?;
    sync::give(&place, &paths)?;
    shell.status("Released", &paths.join(", "));
    shell.say("\nRun `protosmith sync` to bring it up to date.\n");
    Ok(())
}

pub(super) fn reset(args: &Reset, shell: Shell) -> Outcome {
    let place = args.project.look()?;
    let options = Options {
        reset: args.project.paths(&place, &args.paths)?,
        ..Options::default()
    };
    bring_along(&args.project, options, &args.how, shell)
}

pub(super) fn undo(args: &Undo, shell: Shell) -> Outcome {
    let (place, _running) = args.project.open(shell)?;
    let paths = write::undo(place.root())?;
    let files = paths
        .iter()
        .filter(|path| !path.starts_with(crate::project::FOLDER));
    shell.status("Restored", &report::count(files.count(), "file"));
    Ok(())
}
