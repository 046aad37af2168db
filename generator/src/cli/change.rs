//! `protosmith add` and `protosmith remove`: change the settings, then sync.

use std::path::PathBuf;

use super::Outcome;
use super::project::Project;
use super::sync::{How, bring_along};
use crate::proto::Include;
use crate::sync::Options;
use crate::ui::Shell;

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Adds to `protosmith.toml`, then does what `protosmith sync` does. A proto and the imports that it reaches are copied into \
`proto/`.

Examples:
  protosmith add tracing audit
  protosmith add ../apis/acme/stock/v1/stock.proto -I ../apis")]
pub(super) struct Add {
    /// Features, and proto files (which end in `.proto`)
    #[arg(required = true, value_name = "FEATURE|PROTO")]
    what: Vec<String>,

    /// Where imports of the protos are looked up, after `proto/`: `DIR` or `PREFIX=DIR`
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    includes: Vec<Include>,

    #[command(flatten)]
    project: Project,

    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Removes from `protosmith.toml`, then does what `protosmith sync` does. Files that only the removed part needs go, unless \
you edited them: those are kept and named.

Examples:
  protosmith remove tracing
  protosmith remove acme/stock/v1/stock.proto")]
pub(super) struct Remove {
    /// Features, and proto files as `protosmith.toml` lists them
    #[arg(required = true, value_name = "FEATURE|PROTO")]
    what: Vec<String>,

    #[command(flatten)]
    project: Project,

    #[command(flatten)]
    how: How,
}

pub(super) fn add(args: &Add, shell: Shell) -> Outcome {
    let (protos, features) = split(&args.what);
    let options = Options {
        with: features,
        add: protos.into_iter().map(PathBuf::from).collect(),
        includes: args.includes.clone(),
        ..Options::default()
    };
    bring_along(&args.project, options, &args.how, shell)
}

pub(super) fn remove(args: &Remove, shell: Shell) -> Outcome {
    let (protos, features) = split(&args.what);
    let below = |path: String| {
        path.strip_prefix("proto/")
            .map(str::to_owned)
            .unwrap_or(path)
    };
    let options = Options {
        without: features,
        remove: protos.into_iter().map(below).collect(),
        ..Options::default()
    };
    bring_along(&args.project, options, &args.how, shell)
}

/// Protos, and features.
fn split(what: &[String]) -> (Vec<String>, Vec<String>) {
    let words = what.iter().flat_map(|word| match word.ends_with(".proto") {
        true => vec![word.clone()],
        false => word.split(',').map(str::to_owned).collect(),
    });
    words.partition(|word| word.ends_with(".proto"))
}
