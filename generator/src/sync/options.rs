//! What is asked of `sync`.

use std::path::PathBuf;

use globset::GlobSet;

use crate::project::FILE;
use crate::proto::Include;
use crate::tree::Tree;

/// What is asked for, beside bringing the files along.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these files; `None` for all.
    pub only: Option<GlobSet>,
    /// Features to add to the settings.
    pub with: Vec<String>,
    /// Features to take out of the settings.
    pub without: Vec<String>,
    /// Protos to add, as the user typed them.
    pub add: Vec<PathBuf>,
    /// Where the imports of those are looked up, after `proto/`.
    pub includes: Vec<Include>,
    /// Protos to take out of the settings, relative to `proto/`.
    pub remove: Vec<String>,
    /// Files and folders that become what is rendered, whatever they are now.
    pub reset: Vec<String>,
    /// What to do where the user and the tool changed the same.
    pub resolution: Resolution,
}

/// A template, and where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its files.
    pub tree: Tree,
    /// The folder of a team's own; `None` for the one of the tool.
    pub own: Option<PathBuf>,
}

impl Source {
    /// The template of this version.
    pub fn embedded() -> Self {
        Self {
            tree: crate::template::embedded(),
            own: None,
        }
    }
}

/// What to do where the user and the tool changed the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Resolution {
    /// Write nothing at all.
    #[default]
    Stop,
    /// Write both between markers.
    Markers,
    /// Keep the user's file.
    Mine,
    /// Take what is rendered.
    Theirs,
}

// === impl Options ===

impl Options {
    pub(super) fn changes_settings(&self) -> bool {
        !self.with.is_empty()
            || !self.without.is_empty()
            || !self.add.is_empty()
            || !self.remove.is_empty()
    }

    pub(super) fn asks_for_more(&self) -> bool {
        self.changes_settings() || !self.reset.is_empty()
    }

    pub(super) fn asks_for(&self, path: &str) -> bool {
        let lies_in = |prefix: &String| crate::feature::lies_in(path, prefix);
        // What is rendered of changed settings must not outlive them.
        path == FILE && self.changes_settings()
            || self.only.as_ref().is_none_or(|only| only.is_match(path))
                && (self.reset.is_empty() || self.reset.iter().any(lies_in))
    }
}
