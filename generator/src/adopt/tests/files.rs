//! Where files go, and what is in their way.

use super::{adopted, changed, rendered};
use crate::adopt::{Existing, Options, adopt};

#[test]
fn everything_can_go_into_a_folder() {
    let options = Options {
        prefix: "services/shop".to_owned(),
        ..Options::default()
    };
    let files = [
        ("crates/api/src/lib.rs", "// theirs\n"),
        ("config/default.yaml", "b: 2\n"),
    ];
    let adoption = adopted("[workspace]\nmembers = []\n", &files, &options).expect("adopted");
    let paths: Vec<_> = adoption
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "Cargo.toml",
            "services/shop/clippy.toml",
            "services/shop/config/default.yaml",
            "services/shop/crates/api/Cargo.toml",
            "services/shop/crates/api/src/lib.rs",
            "services/shop/protosmith.toml",
        ]
    );
    let root = changed(&adoption, "Cargo.toml");
    assert!(
        root.contains("\"services/shop/crates/api\",")
            && root.contains("path = \"services/shop/crates/api\""),
        "{root}"
    );
}

#[test]
fn what_is_in_the_way_is_told_all_at_once() {
    let files = [
        ("README.md", "# Theirs\n"),
        ("clippy.toml", "theirs = true\n"),
        ("config/default.yaml", "b: 2\n"),
        ("crates/api/Cargo.toml", "[package]\n"),
        ("crates/api/src/lib.rs", "// theirs\n"),
    ];
    let error = adopted("[workspace]\nmembers = []\n", &files, &Options::default())
        .expect_err("in the way");
    let told: Vec<_> = error
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "`config/default.yaml` is there already, and is something else",
            "`crates/api` is there already, and is something else"
        ]
    );
    // What is the same, and what is the workspace's own affair, is not in the way.
    let files = [
        ("README.md", "# Theirs\n"),
        ("clippy.toml", "theirs = true\n"),
        ("config/default.yaml", "a: 1\r\n"),
    ];
    let adoption =
        adopted("[workspace]\nmembers = []\n", &files, &Options::default()).expect("adopted");
    assert_eq!(adoption.left_out, ["README.md", "clippy.toml"]);
    assert!(
        adoption
            .changes
            .iter()
            .all(|change| change.path != "config/default.yaml")
    );

    for name in ["shop", "shop-api"] {
        let existing = Existing {
            manifest: b"[workspace]\n".to_vec(),
            packages: [(name.to_owned(), "a/Cargo.toml".to_owned())].into(),
            ..Existing::default()
        };
        let error = adopt(&existing, &rendered(), &Options::default()).expect_err("taken");
        assert!(
            error
                .to_string()
                .contains(&format!("has a package `{name}` already")),
            "{error}"
        );
    }
}
