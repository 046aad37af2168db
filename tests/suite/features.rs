//! Every feature set that could break compiles without a warning, and brings no dependency that it does not need.

use crate::sets;
use crate::workspace::{Workspace, slow};

/// Dependencies that come with these features alone.
const BROUGHT: &[(&[&str], &[&str])] = &[
    (&["health"], &["tonic-health"]),
    (&["reflection"], &["tonic-reflection"]),
    (&["compression"], &["zstd"]),
    (&["auth"], &["jsonwebtoken"]),
    (&["rate-limit"], &["governor"]),
    (&["audit", "tracing"], &["crossbeam-queue"]),
    (&["metrics"], &["prometheus"]),
    (&["tracing"], &["opentelemetry"]),
    // The bare server that the bench compares with has a router.
    (&["admin", "bench"], &["axum"]),
];

#[test]
fn every_feature_set_is_free_of_warnings() {
    if !slow("clippy in every feature set") {
        return;
    }
    for set in sets::every_pair(&sets::manifest()) {
        let set: Vec<_> = set.into_iter().collect();
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
        for (features, dependencies) in BROUGHT {
            for dependency in *dependencies {
                let present = tree
                    .lines()
                    .any(|line| line.split(' ').next() == Some(dependency));
                assert_eq!(
                    present,
                    set.iter().any(|name| features.contains(&&**name)),
                    "`{dependency}` with {set:?}"
                );
            }
        }
    }
}
