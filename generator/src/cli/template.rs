//! `protosmith template`, and `--template DIR` of the other commands.

use std::path::{Path, PathBuf};

use super::Outcome;
use super::report::count;
use crate::error::Result;
use crate::tree::Tree;
use crate::ui::Shell;
use crate::{template, write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write the template into a folder, to make it your team's own
    #[command(after_long_help = "\
`cargo-generate.toml` in the folder says which features there are and which files belong to them. Projects that are made \
with `--template DIR` stay with that template.

Examples:
  protosmith template eject our-template
  protosmith template check our-template
  protosmith new shop --template our-template")]
    Eject {
        /// The folder to make
        dir: PathBuf,
    },
    /// Say what is wrong with a template
    Check {
        /// The template's folder
        dir: PathBuf,
    },
}

/// Which template.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// A template of your own: a folder such as `protosmith template eject` makes
    #[arg(long, value_name = "DIR")]
    pub(super) template: Option<PathBuf>,
}

impl Which {
    /// The files of the template.
    pub(super) fn read(&self) -> Result<Tree> {
        self.template
            .as_deref()
            .map_or_else(|| Ok(template::embedded()), template::read)
    }
}

pub(super) fn run(args: &Args, shell: Shell) -> Outcome {
    match &args.what {
        What::Eject { dir } => {
            let tree = template::embedded();
            write::create(dir, &tree)?;
            shell.status(
                "Ejected",
                &format!("{} to {}", count(tree.len(), "file"), dir.display()),
            );
        }
        What::Check { dir } => {
            let tree = template::read(dir)?;
            shell.status(
                "Checked",
                &format!("{}, nothing wrong", count(tree.len(), "file")),
            );
        }
    }
    Ok(())
}

/// The way from a folder that may not be there yet to one that is.
pub(super) fn way(from: &Path, to: &Path) -> Result<String> {
    let full = |path: &Path| {
        let full = std::path::absolute(path);
        full.map_err(|error| crate::fs::problem("cannot find", path, &error))
    };
    let to = to.canonicalize().or_else(|_| full(to))?;
    let from = full(from)?;
    // As far as it is there, by its real name.
    let there = from
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(&from);
    let below = from.strip_prefix(there).unwrap_or(Path::new(""));
    let from = there.canonicalize().unwrap_or(there.to_owned()).join(below);
    let common = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_relative() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |path: &str| home.path().join(path);
        crate::fs::create_dir_all(&at("a/template")).expect("made");
        let check = |from: &str, to: &str, expected: &str| {
            assert_eq!(way(&at(from), &at(to)).as_deref(), Ok(expected));
        };
        check("a/project", "a/template", "../template");
        check("b/c/project", "a/template", "../../../a/template");
        check("a/template/project", "a/template", "..");
        check("a", "a/template", "template");
    }
}
