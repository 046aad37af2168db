//! The command line: one file a command, each with its `Args` and `run`.
//!
//! A command parses, calls the library, and says what came of it. Only this module turns errors into
//! exit codes.

mod adopt;
mod against;
mod ask;
mod change;
mod completions;
mod files;
mod inspect;
mod list;
mod methods;
mod new;
mod project;
mod report;
mod sync;
mod table;
mod template;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::error::{Error, Problem};
use crate::interrupt;
use crate::ui::{Color, Shell};

/// Write a production-ready tonic workspace from a .proto file
#[derive(Debug, Parser)]
#[command(name = "protosmith", version, max_term_width = 100, after_help = EXIT_CODES, after_long_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Whether to write in colour
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        display_order = 100
    )]
    color: ColorArg,

    /// Say nothing but errors and what was asked for
    #[arg(short, long, global = true, display_order = 101)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a service workspace from proto files, or from the sample
    New(new::Args),
    /// Add a service to a Cargo workspace that is there already
    Adopt(adopt::Args),
    /// Bring a project up to date with its protos, its settings and this version
    Sync(sync::Args),
    /// Add features or protos to a project
    Add(change::Add),
    /// Remove features or protos from a project
    Remove(change::Remove),
    /// Take files of the tool over, so that `sync` leaves them alone
    Own(files::Own),
    /// Give files to the tool, so that `sync` brings them along
    Release(files::Release),
    /// Restore files as they are rendered now
    Reset(files::Reset),
    /// Take the last change of a project back
    Undo(files::Undo),
    /// Show the services and methods of proto files, as protosmith sees them
    Inspect(inspect::Args),
    /// List what a project has and can have
    List(list::Args),
    /// Make a template of your own, and check it
    Template(template::Args),
    /// Print the completion script of a shell
    Completions(completions::Args),
}

const EXIT_CODES: &str = "\
Exit codes: 0 done · 1 failed · 2 wrong command line · 3 out of date, or a conflict · 101 a bug in protosmith";

const EXAMPLES: &str = "\
Examples:
  protosmith new greeter                                   the sample service, ready to call
  protosmith new shop --proto proto/acme/shop/v1/shop.proto
  protosmith inspect --proto shop.proto --format json
  protosmith sync                                          after a change of protos, settings or version

Exit codes:
  0    done
  1    failed: a broken proto, a clash of names, the disk
  2    wrong command line
  3    out of date (`sync --check`), or conflicts remain
  101  a bug in protosmith: please report it
  130  interrupted; nothing is left behind";

/// Whether to write in colour.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also into a pipe
    Always,
    /// Not at all
    Never,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Why a command did not do what it was asked for.
#[derive(Debug)]
enum Failure {
    /// Exit code 1.
    Failed(Error),
    /// Exit code 2: the command line lacks something.
    Usage(Error),
    /// Exit code 3: the project is behind, or the user must say what to do.
    OutOfDate(Option<Error>),
    /// Exit code 130: the user broke off at a question.
    Interrupted,
}

type Outcome = Result<(), Failure>;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    interrupt::install();
    let cli = Cli::parse();
    let color = match cli.color {
        ColorArg::Auto => Color::Auto,
        ColorArg::Always => Color::Always,
        ColorArg::Never => Color::Never,
    };
    let shell = Shell::new(color, cli.quiet);
    let outcome = match cli.command {
        Command::New(args) => new::run(args, shell),
        Command::Adopt(args) => adopt::run(args, shell),
        Command::Sync(args) => sync::run(&args, shell),
        Command::Add(args) => change::add(&args, shell),
        Command::Remove(args) => change::remove(&args, shell),
        Command::Own(args) => files::own(&args, shell),
        Command::Release(args) => files::release(&args, shell),
        Command::Reset(args) => files::reset(&args, shell),
        Command::Undo(args) => files::undo(&args, shell),
        Command::Inspect(args) => inspect::run(&args, shell),
        Command::List(args) => list::run(&args, shell),
        Command::Template(args) => template::run(&args, shell),
        Command::Completions(args) => completions::run(&args, shell),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => {
            shell.error(&error);
            ExitCode::from(if interrupt::interrupted() {
                interrupt::EXIT_CODE
            } else {
                1
            })
        }
        Err(Failure::Usage(error)) => {
            shell.error(&error);
            ExitCode::from(2)
        }
        Err(Failure::OutOfDate(error)) => {
            if let Some(error) = error {
                shell.error(&error);
            }
            ExitCode::from(3)
        }
        Err(Failure::Interrupted) => ExitCode::from(interrupt::EXIT_CODE),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.into())
    }
}

/// Writes what the user asked for to stdout; a reader that has gone away is no failure.
fn print(shell: Shell, text: &str) -> Outcome {
    shell
        .data(text)
        .map_err(|error| Problem::new(format!("cannot write to stdout: {error}")))?;
    Ok(())
}

/// Writes a value as indented JSON to stdout.
fn print_json(shell: Shell, value: &serde_json::Value) -> Outcome {
    print(shell, &format!("{value:#}\n"))
}
