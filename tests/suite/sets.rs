//! Sets of features to try.

use std::collections::BTreeSet;

use protosmith::feature::{Feature, Manifest};
use protosmith::template;
use protosmith::tree::Tree;

/// The features of one workspace, in order.
pub(crate) type Set = BTreeSet<String>;

/// The manifest of the template.
pub(crate) fn manifest() -> Manifest {
    Manifest::read(&template::embedded()).expect("the manifest is valid")
}

/// None, all, each alone, and halves by each bit of a feature's number. Two numbers differ in a bit, so any
/// two features are together, apart, and each without the other.
pub(crate) fn every_pair(manifest: &Manifest) -> BTreeSet<Set> {
    let all = &manifest.features;
    let mut sets = BTreeSet::from([Set::new(), complete(all.iter())]);
    sets.extend(all.iter().map(|one| complete([one])));
    for bit in (0..).take_while(|bit| all.len() >> bit > 0) {
        for half in [0, 1] {
            let numbered = all.iter().enumerate();
            let half = numbered.filter(|(number, _)| number >> bit & 1 == half);
            sets.insert(complete(half.map(|(_, feature)| feature)));
        }
    }
    sets
}

/// For each composition file every set of the features that it names: whatever it can be like; of
/// many features, those sets in which up to two of them are there, or are missing.
pub(crate) fn every_composition(manifest: &Manifest, template: &Tree) -> BTreeSet<Set> {
    let composed = template
        .iter()
        .filter(|(path, _)| path.ends_with(".rs.liquid"));
    let mut sets = BTreeSet::new();
    for (_, bytes) in composed {
        let text = String::from_utf8_lossy(bytes);
        let words: BTreeSet<_> = text
            .split("{%")
            .skip(1)
            .filter_map(|rest| rest.split("%}").next())
            .flat_map(|tag| tag.split([' ', '-']))
            .collect();
        let named: Vec<_> = manifest
            .features
            .iter()
            .filter(|feature| words.contains(&*feature.variable()))
            .collect();
        for chosen in choices(&named) {
            sets.insert(complete(chosen));
        }
    }
    sets
}

/// The most features that are tried in every combination.
const MANY: usize = 7;

fn choices<'a>(named: &[&'a Feature]) -> Vec<Vec<&'a Feature>> {
    if named.len() <= MANY {
        let chosen = |subset: usize| {
            let chosen = named.iter().enumerate();
            let chosen = chosen.filter(|(n, _)| subset >> n & 1 == 1);
            chosen.map(|(_, feature)| *feature).collect()
        };
        return (0..1 << named.len()).map(chosen).collect();
    }
    let mut choices = Vec::new();
    for (n, one) in named.iter().enumerate() {
        for other in &named[n..] {
            let is_one =
                |feature: &&&Feature| feature.name == one.name || feature.name == other.name;
            choices.push(named.iter().filter(is_one).copied().collect());
            choices.push(
                named
                    .iter()
                    .filter(|feature| !is_one(feature))
                    .copied()
                    .collect(),
            );
        }
    }
    choices
}

/// The names of `features`, and of those that they require.
fn complete<'a>(features: impl IntoIterator<Item = &'a Feature>) -> Set {
    let mut set = Set::new();
    for feature in features {
        set.insert(feature.name.clone());
        set.extend(feature.requires.iter().cloned());
    }
    set
}
