//! `protosmith adopt`.

use std::path::{Path, PathBuf};

use super::inspect::Protos;
use super::new::{Features, quoted};
use super::project::told;
use super::report::{self, count};
use super::{Failure, Outcome, print};
use crate::adopt::{self, Adoption, Existing, Options};
use crate::error::{Problem, Result};
use crate::project::Place;
use crate::proto::{self, Include};
use crate::ui::Shell;
use crate::write::{self, Change, Recovered};
use crate::{Rendered, Request, answers, existing, fs, project, template};

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Adds a server, a client, the service for you to fill in, their configuration and tests to a Cargo workspace that is there. Lines are \
added to its `Cargo.toml`, none is changed: where that asks for another version, our crates ask for theirs themselves, and \
you are told. Protos that lie in its `proto/` stay where they are. Nothing is written unless everything can be.

What a repository has its own way with is left out: README, CI, licences, formatting. Afterwards it is a project as any other: `protosmith \
sync`, `add` and `remove` work on it, and `undo` takes the adoption back (not one with `--prefix`).

Examples:
  protosmith adopt --proto proto/acme/shop/v1/shop.proto --dry-run
  protosmith adopt ../platform --proto shop.proto --name shop --prefix services/shop
  protosmith adopt --proto shop.proto --workspace")]
pub(super) struct Args {
    /// The folder of the workspace
    #[arg(default_value = ".")]
    dir: PathBuf,

    #[command(flatten)]
    protos: Protos,

    #[command(flatten)]
    features: Features,

    /// The project's name, with which its packages' names start; the first service's, if not given
    #[arg(long)]
    name: Option<String>,

    /// The folder in the workspace that everything goes into, if its own `crates/` and `config/` are taken
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,

    /// Make a repository of a single crate a workspace
    #[arg(long)]
    workspace: bool,

    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: Args, shell: Shell) -> Outcome {
    let prefix = prefix(&args.prefix)?;
    let options = Options {
        prefix,
        workspace: args.workspace,
    };
    if write::unfinished(&args.dir) && finished(&args, &options, shell)? {
        return Ok(());
    }
    let planned = || plan(&args, &options);
    let (rendered, mut adoption) = shell.patiently("on the workspace", planned)?;
    shell.warn(&rendered.warnings);
    shell.warn(&adoption.notes);
    if args.dry_run {
        let (changed, new): (Vec<_>, Vec<_>) = adoption
            .changes
            .iter()
            .cloned()
            .partition(|change| change.old.is_some());
        report::patch(&changed, shell)?;
        print(
            shell,
            &new.iter()
                .map(|change| format!("{}\n", change.path))
                .collect::<String>(),
        )?;
        shell.say("nothing was written (dry run)\n");
        return Ok(());
    }
    report::warn_if_dirty(&args.dir, &adoption.changes, shell);
    adoption
        .changes
        .extend(state(&args.dir, &rendered, &options.prefix)?);
    commit(&args.dir, &adoption, &options)?;
    tell(&args.dir, &rendered, &adoption, shell);
    Ok(())
}

/// Finishes or removes what a killed run left; gives whether the adoption that it had begun is done now.
fn finished(args: &Args, options: &Options, shell: Shell) -> std::result::Result<bool, Failure> {
    if args.dry_run {
        let problem = Problem::new("an earlier run was killed while it changed the files")
            .hint("run it without `--dry-run`, which finishes it first");
        return Err(Failure::OutOfDate(Some(problem.into())));
    }
    let running = write::running(&args.dir)?;
    let recovered = write::recover(&args.dir)?;
    drop(running);
    told(recovered, shell);
    tidy(&args.dir, options)?;
    Ok(recovered == Recovered::Finished)
}

/// A folder in the workspace, as paths have it.
fn prefix(typed: &str) -> Result<String> {
    let typed = typed.replace('\\', "/");
    let parts: Vec<_> = typed
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if typed.starts_with('/') || parts.contains(&"..") {
        let problem = Problem::new(format!("`{typed}` does not lie in the workspace"));
        return Err(problem
            .hint("name a folder below it, such as `--prefix services/shop`")
            .into());
    }
    Ok(parts.join("/"))
}

fn plan(args: &Args, options: &Options) -> Result<(Rendered, Adoption)> {
    let manifest = existing::below(&args.dir, "Cargo.toml");
    let Some(manifest) = fs::read(&manifest)? else {
        let problem = Problem::new(format!("there is no `{}`", manifest.display()));
        return Err(problem
            .hint("`protosmith new` makes a workspace of its own")
            .into());
    };
    if args.protos.files.is_empty() {
        let problem = Problem::new("no proto is named");
        return Err(problem
            .hint("name the files with services: `--proto FILE`")
            .into());
    }
    let mut includes = args.protos.includes.clone();
    let protos = existing::below(&args.dir, "proto");
    if options.prefix.is_empty() && protos.is_dir() {
        includes.insert(
            0,
            Include {
                prefix: None,
                dir: protos.clone(),
            },
        );
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => {
            let model = crate::read_model(&template::embedded(), &args.protos.files, &includes)?;
            let service = model.services.first().map(|service| service.name.clone());
            service.unwrap_or_default()
        }
    };
    let name = answers::name(&name)?;
    let rendered = crate::render(&Request {
        name,
        choice: args.features.clone().into(),
        protos: args.protos.files.clone(),
        includes,
    })?;
    if options.prefix.is_empty() {
        check_protos(&protos)?;
    }
    let existing = Existing {
        manifest,
        files: Place::at(&args.dir).read_all(adopt::paths(&rendered.tree, options))?,
        packages: existing::packages(&args.dir)?,
    };
    let adoption = adopt::adopt(&existing, &rendered.tree, options)?;
    Ok((rendered, adoption))
}

/// The build compiles all that lies in `proto/`, also what nobody named.
fn check_protos(folder: &Path) -> Result<()> {
    let files = existing::files(folder, "proto")?;
    if files.is_empty() {
        return Ok(());
    }
    let request = proto::Request {
        protos: files,
        includes: vec![Include {
            prefix: None,
            dir: folder.to_owned(),
        }],
    };
    proto::compile(&request).map(drop).map_err(|mut error| {
        for problem in &mut error.problems {
            let why = format!(
                "every proto in `{}` is part of the build; `--prefix FOLDER` leaves them out",
                folder.display()
            );
            problem.hint = Some(match &problem.hint {
                Some(hint) => format!("{hint}; {why}"),
                None => why,
            });
        }
        error
    })
}

/// What `sync` needs to go on from here.
fn state(dir: &Path, rendered: &Rendered, prefix: &str) -> Result<Vec<Change>> {
    let state = project::state(&rendered.tree, &rendered.owners, None);
    let change = |(path, new): (String, crate::tree::Bytes)| {
        let path = adopt::placed(&path, prefix);
        let old = fs::read(&dir.join(&path))?.map(Into::into);
        Ok(Change {
            path,
            old,
            new: Some(new),
        })
    };
    state.0.into_iter().map(change).collect()
}

fn commit(dir: &Path, adoption: &Adoption, options: &Options) -> Result<()> {
    let running = write::running(dir)?;
    write::recover(dir)?;
    write::commit(dir, &adoption.changes)?;
    drop(running);
    tidy(dir, options)
}

/// Where the project lies deeper, what the transaction left here belongs to nobody.
fn tidy(dir: &Path, options: &Options) -> Result<()> {
    match !options.prefix.is_empty() && !existing::is_project(dir) {
        true => fs::remove_dir_all(&dir.join(project::FOLDER)),
        false => Ok(()),
    }
}

/// What was done, and what to do next.
fn tell(dir: &Path, rendered: &Rendered, adoption: &Adoption, shell: Shell) {
    let (changed, new): (Vec<_>, Vec<_>) = adoption
        .changes
        .iter()
        .partition(|change| change.old.is_some());
    let name = &rendered.answers.name;
    shell.status(
        "Adopted",
        &format!(
            "{name} into {}: {}",
            dir.display(),
            count(new.len(), "new file")
        ),
    );
    for change in changed {
        shell.status("Changed", &change.path);
    }
    if !adoption.left_out.is_empty() {
        shell.status("Left out", &adoption.left_out.join(", "));
    }
    let mut next = String::from("\nNext:\n");
    if dir != Path::new(".") {
        next += &format!("  cd {}\n", quoted(&dir.display().to_string()));
    }
    let packages =
        ["api", "chassis", "service", "server"].map(|crate_name| format!("-p {name}-{crate_name}"));
    next += &format!(
        "  cargo test {}\n  protosmith list methods\n",
        packages.join(" ")
    );
    shell.say(&next);
}
