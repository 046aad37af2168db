//! Every feature set that could break compiles without a warning, and brings no dependency that it does not need.

use protosmith::feature::Manifest;
use protosmith::template;

use crate::workspace::{Workspace, slow};

/// None, all, each alone, each missing, and every pair.
fn sets(all: &[String]) -> Vec<Vec<String>> {
    let mut sets = vec![Vec::new(), all.to_vec()];
    for (n, one) in all.iter().enumerate() {
        sets.push(vec![one.clone()]);
        sets.push(all.iter().filter(|name| *name != one).cloned().collect());
        sets.extend(
            all[n + 1..]
                .iter()
                .map(|other| vec![one.clone(), other.clone()]),
        );
    }
    sets
}

/// Dependencies that come with one feature alone.
const BROUGHT: &[(&str, &[&str])] = &[
    ("health", &["tonic-health"]),
    ("reflection", &["tonic-reflection"]),
    ("compression", &["flate2", "zstd"]),
];

#[test]
fn every_feature_set_is_free_of_warnings() {
    if !slow("clippy in every feature set") {
        return;
    }
    let manifest = Manifest::read(&template::embedded()).expect("the manifest is valid");
    let all: Vec<_> = manifest
        .features
        .iter()
        .map(|feature| feature.name.clone())
        .collect();
    for set in sets(&all) {
        eprintln!("features: {}", set.join(", "));
        let with = set.join(",");
        let mut arguments = vec!["--preset", "minimal"];
        if !set.is_empty() {
            arguments.extend(["--with", &with]);
        }
        let workspace = Workspace::new("features", &arguments);
        workspace.is_clean();
        let tree = workspace.succeeds(&[
            "tree",
            "--workspace",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ]);
        let tree = String::from_utf8_lossy(&tree.stdout);
        for (feature, dependencies) in BROUGHT {
            for dependency in *dependencies {
                let present = tree
                    .lines()
                    .any(|line| line.split(' ').next() == Some(dependency));
                assert_eq!(
                    present,
                    set.iter().any(|name| name == feature),
                    "`{dependency}` with {set:?}"
                );
            }
        }
    }
}
