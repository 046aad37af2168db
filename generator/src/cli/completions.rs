//! `protosmith completions`.

use clap::CommandFactory as _;
use clap_complete::Shell as Target;

use super::{Cli, Outcome, print};
use crate::ui::Shell;

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  protosmith completions bash > ~/.local/share/bash-completion/completions/protosmith
  protosmith completions zsh > ~/.zfunc/_protosmith
  protosmith completions fish > ~/.config/fish/completions/protosmith.fish")]
pub(super) struct Args {
    /// The shell to write it for
    #[arg(value_enum)]
    shell: Target,
}

pub(super) fn run(args: &Args, shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "protosmith", &mut script);
    print(shell, &String::from_utf8_lossy(&script))
}
