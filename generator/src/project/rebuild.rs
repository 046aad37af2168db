//! What was rendered last, told from the files: for a project that `cargo generate` made, and for one whose
//! `.protosmith` is gone.
//!
//! In: the settings, and which files there are. Out: the features that the files were rendered with; they
//! differ from the settings if those were edited since. Their present render is then the base: a file
//! that differs from it was edited, or is of another version; either way it is kept.

use crate::feature::{Choice, Manifest, Preset, Selection, select};

/// The features whose files are there, among those that are asked for, and those that still are there.
pub fn rebuild(manifest: &Manifest, asked: &Selection, exists: &dyn Fn(&str) -> bool) -> Selection {
    let there = |name: &str| {
        let paths = manifest.feature(name).map(|feature| &feature.paths);
        paths.is_some_and(|paths| paths.iter().any(|path| exists(path)))
    };
    let pathless = |name: &str| {
        let feature = manifest.feature(name);
        feature.is_some_and(|feature| feature.paths.is_empty()) && asked.contains(name)
    };
    let names = manifest.features.iter().map(|feature| &feature.name);
    let choice = Choice {
        preset: Preset::Minimal,
        with: names
            .filter(|name| there(name) || pathless(name))
            .cloned()
            .collect(),
        without: Vec::new(),
    };
    // A set that cannot be was not rendered: files were deleted since.
    select(manifest, &choice).unwrap_or_else(|_| asked.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    fn rebuilt(asked: &[&str], there: &[&str]) -> Vec<String> {
        let manifest = Manifest::read(&template::embedded()).expect("the manifest is valid");
        let choice = Choice {
            preset: Preset::Minimal,
            with: asked.iter().map(|name| (*name).to_owned()).collect(),
            without: Vec::new(),
        };
        let asked = select(&manifest, &choice).expect("they can be selected");
        let features = rebuild(&manifest, &asked, &|path| there.contains(&path));
        features.names().map(str::to_owned).collect()
    }

    #[test]
    fn files_tell_the_features() {
        let files = ["crates/chassis/src/health.rs", "crates/client"];
        assert_eq!(
            rebuilt(&["health", "client", "ci"], &files),
            ["client", "health"]
        );
        assert_eq!(rebuilt(&["health"], &files), ["client", "health"]);
    }

    #[test]
    fn a_set_that_cannot_be_is_not_believed() {
        let files = ["crates/chassis/src/observe/metrics"];
        assert_eq!(rebuilt(&["metrics", "admin"], &files), ["admin", "metrics"]);
    }
}
