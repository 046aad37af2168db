//! Whether a project can have the features that it shall have; what to do where it cannot.

use std::collections::BTreeSet;

use super::Options;
use crate::error::Problem;
use crate::feature::{Manifest, Selection, unknown};

/// Everything that is wrong with the features to add and to remove.
pub(super) fn problems(
    manifest: &Manifest,
    recorded: &Selection,
    options: &Options,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in options.with.iter().chain(&options.without) {
        if manifest.feature(name).is_none() {
            problems.push(unknown(manifest, name));
        } else if options.with.contains(name) && options.without.contains(name) {
            let message = format!("feature `{name}` is to be added and removed");
            problems.push(Problem::new(message).hint("drop one"));
        } else if options.without.contains(name) && !recorded.contains(name) {
            let message = format!("feature `{name}` is not in this project");
            problems.push(Problem::new(message).hint("`protosmith.toml` lists those that are"));
        }
    }
    problems.dedup();
    if !problems.is_empty() {
        return problems;
    }
    let with = options.with.iter().map(String::as_str);
    let mut selected: BTreeSet<&str> = recorded.names().chain(with).collect();
    selected.retain(|name| !options.without.iter().any(|gone| gone == name));
    for feature in &manifest.features {
        let name = &feature.name;
        if !selected.contains(name.as_str()) {
            continue;
        }
        for needed in feature
            .requires
            .iter()
            .filter(|needed| !selected.contains(needed.as_str()))
        {
            let message = format!("feature `{name}` needs `{needed}`");
            let hint = match options.without.contains(needed) {
                true => format!("remove both: `protosmith remove {needed} {name}`"),
                false => format!("add both: `protosmith add {name} {needed}`"),
            };
            problems.push(Problem::new(message).hint(hint));
        }
        for other in feature
            .conflicts
            .iter()
            .filter(|other| selected.contains(other.as_str()))
        {
            let message = format!("features `{name}` and `{other}` cannot be together");
            let hint = format!("exchange them: `protosmith sync --with {name} --without {other}`");
            problems.push(Problem::new(message).hint(hint));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::feature::{Choice, Preset, select};
    use crate::template;

    fn said(recorded: &[&str], with: &[&str], without: &[&str]) -> String {
        let manifest = Manifest::read(&template::embedded()).expect("the manifest is valid");
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let recorded = select(
            &manifest,
            &Choice {
                preset: Preset::Minimal,
                with: words(recorded),
                without: Vec::new(),
            },
        );
        let options = Options {
            with: words(with),
            without: words(without),
            ..Options::default()
        };
        let problems = problems(&manifest, &recorded.expect("a set that can be"), &options);
        Error { problems }.to_string()
    }

    #[test]
    fn what_to_do_is_a_command() {
        assert_eq!(
            said(&[], &["metrics"], &[]),
            "error: feature `metrics` needs `admin`\nhint: add both: `protosmith add metrics admin`"
        );
        assert_eq!(
            said(&["metrics", "admin"], &[], &["admin"]),
            "error: feature `metrics` needs `admin`\nhint: remove both: `protosmith remove admin metrics`"
        );
        assert!(said(&[], &["audit"], &["audit"]).contains("added and removed"));
        assert!(said(&["audit"], &[], &["ci", "adit"]).contains("`ci` is not in this project"));
        assert_eq!(said(&["audit"], &["auth"], &["audit"]), "");
    }
}
