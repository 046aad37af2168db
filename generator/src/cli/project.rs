//! What commands on a project have in common: which one, and how it is opened.

use std::path::{Path, PathBuf};

use super::Failure;
use super::template::Which;
use crate::error::{Problem, Result};
use crate::project::Place;
use crate::sync::Source;
use crate::ui::Shell;
use crate::write::{self, Recovered, Running};
use crate::{fs, template};

#[derive(Debug, clap::Args)]
pub(super) struct Project {
    /// The project's folder; without it the nearest one above that has `protosmith.toml`
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    dir: Option<PathBuf>,

    #[command(flatten)]
    template: Which,
}

impl Project {
    /// Opens the project to look at it.
    pub(super) fn look(&self) -> std::result::Result<Place, Failure> {
        let place = Place::find(self.dir.as_deref().unwrap_or(Path::new("")))?;
        if write::pending(place.root()) {
            let problem = Problem::new("an earlier run was killed while it changed the files")
                .hint("run `protosmith sync`, which finishes it first");
            return Err(Failure::OutOfDate(Some(problem.into())));
        }
        Ok(place)
    }

    /// Opens the project to change it: nobody else does, and what a killed run left is finished.
    pub(super) fn open(&self, shell: Shell) -> Result<(Place, Running)> {
        let place = Place::find(self.dir.as_deref().unwrap_or(Path::new("")))?;
        let running = write::running(place.root())?;
        told(write::recover(place.root())?, shell);
        Ok((place, running))
    }

    /// The template: as the command line says, as the settings say, or the one of this version.
    pub(super) fn template(&self, place: &Place) -> Result<Source> {
        let own = match &self.template.template {
            Some(dir) => Some(dir.clone()),
            None => place.template()?,
        };
        match own {
            Some(dir) => Ok(Source {
                tree: template::read(&dir)?,
                own: Some(dir),
            }),
            None => Ok(Source::embedded()),
        }
    }

    /// Paths that the user typed, as the project has them.
    pub(super) fn paths(&self, place: &Place, typed: &[PathBuf]) -> Result<Vec<String>> {
        let root = fs::or_here(place.root());
        let root = root
            .canonicalize()
            .map_err(|error| fs::problem("cannot find", root, &error))?;
        typed.iter().map(|path| self.path(&root, path)).collect()
    }

    fn path(&self, root: &Path, typed: &Path) -> Result<String> {
        // With `-C` they start at the project, else where the user is.
        let full = match &self.dir {
            Some(_) => root.join(typed),
            None => std::path::absolute(typed)
                .map_err(|error| fs::problem("cannot find", typed, &error))?,
        };
        let full = match (
            full.parent().and_then(|p| p.canonicalize().ok()),
            full.file_name(),
        ) {
            (Some(parent), Some(name)) => parent.join(name),
            _ => full,
        };
        let parts = full.strip_prefix(root).ok().map(|below| {
            let parts = below
                .components()
                .map(|part| part.as_os_str().to_string_lossy());
            parts.collect::<Vec<_>>().join("/")
        });
        parts.filter(|parts| !parts.is_empty()).ok_or_else(|| {
            Problem::new(format!("`{}` does not lie in the project", typed.display()))
                .hint(format!("the project is {}", root.display()))
                .into()
        })
    }
}

/// Says what an earlier run had left.
pub(super) fn told(recovered: Recovered, shell: Shell) {
    match recovered {
        Recovered::Nothing => {}
        Recovered::Cleaned => shell.status("Removed", "what a killed run had staged"),
        Recovered::Finished => shell.status("Finished", "what a killed run had begun"),
        Recovered::TakenBack => shell.status("Restored", "what a killed run was restoring"),
    }
}
