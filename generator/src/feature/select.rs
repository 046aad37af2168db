//! From a preset and names to the features of a project.

use std::collections::BTreeSet;

use super::{Feature, Manifest};
use crate::error::{Error, Problem, Result};

/// A named set of features to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// No optional part at all.
    Minimal,
    /// What most services want.
    #[default]
    Standard,
    /// All that this version offers.
    Full,
}

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Where to start from.
    pub preset: Preset,
    /// Added to the preset.
    pub with: Vec<String>,
    /// Taken from the preset.
    pub without: Vec<String>,
}

/// The features of a project, by name; all exist, and every requirement holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(BTreeSet<String>);

// === impl Preset ===

impl Preset {
    /// As the manifest and the command line spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

// === impl Selection ===

impl Selection {
    /// Whether the feature is selected.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Applies a choice to the catalogue.
///
/// Fails with one problem for every unknown name, unmet requirement and conflict; never adds a
/// feature that was not asked for, but says how to ask.
pub fn select(manifest: &Manifest, choice: &Choice) -> Result<Selection> {
    let mut problems = Vec::new();
    for name in choice.with.iter().chain(&choice.without) {
        if manifest.feature(name).is_none() {
            problems.push(unknown(manifest, name));
        }
    }
    for name in choice
        .with
        .iter()
        .filter(|name| choice.without.contains(name))
    {
        problems.push(
            Problem::new(format!(
                "feature `{name}` is in both `--with` and `--without`"
            ))
            .hint("drop one"),
        );
    }
    Error::check(problems)?;

    let preset = manifest
        .presets
        .get(choice.preset.name())
        .cloned()
        .unwrap_or_default();
    let mut selected: BTreeSet<String> = preset
        .into_iter()
        .chain(choice.with.iter().cloned())
        .collect();
    selected.retain(|name| !choice.without.contains(name));

    let mut problems = Vec::new();
    for feature in manifest
        .features
        .iter()
        .filter(|feature| selected.contains(&feature.name))
    {
        problems.extend(unmet(feature, &selected, choice));
        problems.extend(conflicts(feature, &selected));
    }
    Error::check(problems)?;
    Ok(Selection(selected))
}

fn unmet(feature: &Feature, selected: &BTreeSet<String>, choice: &Choice) -> Vec<Problem> {
    let missing = feature
        .requires
        .iter()
        .filter(|name| !selected.contains(*name));
    let problem = |name: &String| {
        let message = format!(
            "feature `{}` needs `{name}`, which is not selected",
            feature.name
        );
        let give_up = if choice.with.contains(&feature.name) {
            format!("drop `--with {}`", feature.name)
        } else {
            format!("leave both out with `--without {}`", feature.name)
        };
        let add = if choice.without.contains(name) {
            format!("drop `--without {name}`")
        } else {
            format!("add it with `--with {name}`")
        };
        Problem::new(message).hint(format!("{add}, or {give_up}"))
    };
    missing.map(problem).collect()
}

fn conflicts(feature: &Feature, selected: &BTreeSet<String>) -> Vec<Problem> {
    let clashing = feature
        .conflicts
        .iter()
        .filter(|name| selected.contains(*name));
    let problem = |name: &String| {
        Problem::new(format!(
            "features `{}` and `{name}` cannot be together",
            feature.name
        ))
        .hint(format!(
            "leave one out: `--without {}` or `--without {name}`",
            feature.name
        ))
    };
    clashing.map(problem).collect()
}

/// What is said about a name that is no feature.
pub(crate) fn unknown(manifest: &Manifest, name: &str) -> Problem {
    if let Some(planned) = manifest.planned.iter().find(|planned| planned.name == name) {
        return Problem::new(format!(
            "feature `{name}` ({}) is not in this version yet",
            planned.summary
        ))
        .hint("`protosmith list features` shows what is");
    }
    let problem = Problem::new(format!("there is no feature `{name}`"));
    let near = manifest.features.iter().map(|feature| {
        (
            strsim::damerau_levenshtein(&feature.name, name),
            &feature.name,
        )
    });
    match near.min() {
        Some((distance, near)) if distance <= 1 + name.len() / 4 => problem.hint(format!(
            "did you mean `{near}`? `protosmith list features` shows all"
        )),
        _ => problem.hint("`protosmith list features` shows all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `auth` needs `tls`; `plain` cannot be with `tls`.
    fn manifest() -> Manifest {
        let feature = |name: &str, requires: &[&str], conflicts: &[&str]| Feature {
            name: name.to_owned(),
            summary: String::new(),
            requires: requires.iter().map(|name| (*name).to_owned()).collect(),
            conflicts: conflicts.iter().map(|name| (*name).to_owned()).collect(),
            paths: Vec::new(),
        };
        Manifest {
            features: vec![
                feature("auth", &["tls"], &[]),
                feature("plain", &[], &["tls"]),
                feature("tls", &[], &[]),
            ],
            planned: vec![super::super::Planned {
                name: "redis".to_owned(),
                summary: "a shared limit".to_owned(),
            }],
            presets: [(
                "standard".to_owned(),
                vec!["auth".to_owned(), "tls".to_owned()],
            )]
            .into(),
            ignored: Vec::new(),
            sample: Vec::new(),
            needed: [].into(),
            yours: Vec::new(),
            tool: Vec::new(),
            stub: String::new(),
        }
    }

    fn check(
        preset: Preset,
        with: &[&str],
        without: &[&str],
        expected: std::result::Result<&[&str], &str>,
    ) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let choice = Choice {
            preset,
            with: owned(with),
            without: owned(without),
        };
        let selected = select(&manifest(), &choice);
        match expected {
            Ok(names) => assert_eq!(selected.expect("valid").names().collect::<Vec<_>>(), names),
            Err(text) => assert_eq!(selected.expect_err("invalid").to_string(), text),
        }
    }

    #[test]
    fn presets_are_a_start() {
        check(Preset::Standard, &[], &[], Ok(&["auth", "tls"]));
        check(Preset::Standard, &[], &["auth"], Ok(&["tls"]));
        check(Preset::Minimal, &["tls"], &[], Ok(&["tls"]));
    }

    #[test]
    fn requirements_and_conflicts_say_what_to_do() {
        check(
            Preset::Minimal,
            &["auth"],
            &[],
            Err("error: feature `auth` needs `tls`, which is not selected\n\
                 hint: add it with `--with tls`, or drop `--with auth`"),
        );
        check(
            Preset::Standard,
            &[],
            &["tls"],
            Err("error: feature `auth` needs `tls`, which is not selected\n\
                 hint: drop `--without tls`, or leave both out with `--without auth`"),
        );
        check(
            Preset::Standard,
            &["plain"],
            &[],
            Err("error: features `plain` and `tls` cannot be together\n\
                 hint: leave one out: `--without plain` or `--without tls`"),
        );
    }

    #[test]
    fn unknown_names_are_all_reported() {
        check(
            Preset::Minimal,
            &["tsl", "redis"],
            &["zzzzzz"],
            Err("error: there is no feature `tsl`\n\
                 hint: did you mean `tls`? `protosmith list features` shows all\n\n\
                 error: feature `redis` (a shared limit) is not in this version yet\n\
                 hint: `protosmith list features` shows what is\n\n\
                 error: there is no feature `zzzzzz`\n\
                 hint: `protosmith list features` shows all"),
        );
        check(
            Preset::Minimal,
            &["tls"],
            &["tls"],
            Err("error: feature `tls` is in both `--with` and `--without`\nhint: drop one"),
        );
    }
}
