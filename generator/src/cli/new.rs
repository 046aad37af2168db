//! `protosmith new`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::inspect::Protos;
use super::report::count;
use super::template::{Which, way};
use super::{Failure, Outcome, ask, print};
use crate::error::{Error, Problem};
use crate::feature::{Choice, Preset};
use crate::ui::Shell;
use crate::{Rendered, Request, project, write};

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Writes a Cargo workspace that builds, runs and answers: a server, a client, the service for you to fill in, \
their configuration and tests. Nothing is written unless everything can be. On a terminal, what is missing is asked for.

Examples:
  protosmith new greeter
  protosmith new shop --proto proto/acme/shop/v1/shop.proto
  protosmith new shop --proto api/shop.proto -I api -I github.com/acme/common=../common
  protosmith new shop --preset full --without ci")]
pub(super) struct Args {
    /// The folder to make; its name is the project's
    dir: Option<PathBuf>,

    #[command(flatten)]
    protos: Protos,

    #[command(flatten)]
    features: Features,

    /// The project's name, if the folder's is not to be it
    #[arg(long)]
    name: Option<String>,

    #[command(flatten)]
    template: Which,

    /// Show the files that would be written, and write none
    #[arg(long)]
    dry_run: bool,
}

/// The optional parts.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Features {
    /// The features to start from
    #[arg(long, value_enum, default_value_t)]
    preset: PresetArg,

    /// Features to add to the preset (comma-separated, can be repeated)
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    with: Vec<String>,

    /// Features to leave out (comma-separated, can be repeated)
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    without: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum PresetArg {
    /// No optional part at all
    Minimal,
    /// What most services want
    #[default]
    Standard,
    /// All that this version offers
    Full,
}

impl From<PresetArg> for Preset {
    fn from(preset: PresetArg) -> Self {
        match preset {
            PresetArg::Minimal => Self::Minimal,
            PresetArg::Standard => Self::Standard,
            PresetArg::Full => Self::Full,
        }
    }
}

impl From<Features> for Choice {
    fn from(features: Features) -> Self {
        Self {
            preset: features.preset.into(),
            with: features.with,
            without: features.without,
        }
    }
}

pub(super) fn run(args: Args, shell: Shell) -> Outcome {
    let mut request = Request {
        name: String::new(),
        choice: args.features.into(),
        protos: args.protos.files,
        includes: args.protos.includes,
    };
    let dir = match args.dir {
        Some(dir) => dir,
        None if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => {
            let asked = ask::new(&mut request)?;
            shell.say(&format!(
                "\nThe same without questions:\n  {}\n\n",
                asked.command
            ));
            asked.dir
        }
        None => {
            let problem = Problem::new("the folder to make is missing")
                .hint("say which, such as `protosmith new greeter`");
            return Err(Failure::Usage(problem.into()));
        }
    };
    request.name = match args.name {
        Some(name) => name,
        None => folder_name(&dir)?,
    };

    let template = args.template.read()?;
    let rendered = shell.patiently("on the protos", || crate::render_with(&template, &request));
    // Both at once: whoever has two things wrong hears of both.
    let rendered = match (rendered, write::check_vacant(&dir)) {
        (Ok(rendered), Ok(())) => rendered,
        (rendered, vacant) => return Err(Error::gather([rendered.err(), vacant.err()]).into()),
    };
    shell.warn(&rendered.warnings);
    let mut tree = rendered.tree.clone();
    let own = args.template.template.as_ref().map(|_| &template);
    tree.0
        .extend(project::state(&rendered.tree, &rendered.owners, own).0);
    if let Some(own) = &args.template.template {
        // Beside what is rendered, as a user would add it.
        let text = tree.0.get(project::FILE).cloned().unwrap_or_default();
        let text = project::with_template(&text, &way(&dir, own)?)?;
        tree.0.insert(project::FILE.to_owned(), text.into());
    }
    if args.dry_run {
        let paths = tree.iter().map(|(path, _)| format!("{path}\n"));
        print(shell, &paths.collect::<String>())?;
        shell.say("nothing was written (dry run)\n");
        return Ok(());
    }
    write::create(&dir, &tree)?;
    report(&dir, &rendered, shell);
    Ok(())
}

/// The last part of the path, also of `.`.
fn folder_name(dir: &Path) -> Result<String, Error> {
    let full = dir.canonicalize().or_else(|_| std::path::absolute(dir));
    let full = full.map_err(|error| crate::fs::problem("cannot find", dir, &error))?;
    let name = full
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.ok_or_else(|| {
        Problem::new(format!("`{}` has no name", dir.display()))
            .hint("give one with `--name`")
            .into()
    })
}

/// What was made, and what to do next.
fn report(dir: &Path, rendered: &Rendered, shell: Shell) {
    let Rendered {
        answers,
        model,
        tree,
        ..
    } = rendered;
    let methods = model
        .services
        .iter()
        .map(|service| service.methods.len())
        .sum();
    let given = model.files.iter().filter(|file| file.given).count();
    let counts = [
        count(given, "proto"),
        count(model.services.len(), "service"),
        count(methods, "method"),
    ];
    shell.status("Read", &counts.join(", "));
    let names: Vec<_> = answers.features.names().collect();
    let with = if names.is_empty() {
        "no optional part".to_owned()
    } else {
        names.join(", ")
    };
    shell.status(
        "Rendered",
        &format!("{} with {with}", count(tree.len(), "file")),
    );
    shell.status("Created", &format!("{} in {}", answers.name, dir.display()));

    let mut next = String::from("\nNext:\n");
    let mut step = |command: &str, why: &str| next += &format!("  {command:<43} # {why}\n");
    if dir != Path::new(".") {
        step(&format!("cd {}", quoted(&dir.display().to_string())), "");
    }
    step("cargo run", "starts the server with config/dev.yaml");
    if answers.features.contains("health") {
        step(
            "cargo run -- health",
            "in a second terminal: asks how it is",
        );
    }
    if answers.sample && answers.features.contains("client") {
        step(
            &format!("cargo run -p {}-client --example hello", answers.name),
            "calls every method",
        );
    }
    if !answers.sample {
        step(
            "$EDITOR crates/service/src",
            "the methods answer UNIMPLEMENTED until you write them",
        );
    }
    step("cargo test", "tests the running server over a socket");
    let lines: Vec<_> = next
        .lines()
        .map(|line| line.trim_end().trim_end_matches('#').trim_end())
        .collect();
    shell.say(&format!("{}\n", lines.join("\n")));
}

/// A word as a shell takes it when pasted.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=@:,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
