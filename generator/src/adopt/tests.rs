//! Manifests of every layout, and what becomes of them.

use super::{Adoption, Existing, Options, adopt};
use crate::error::Result;
use crate::tree::Tree;

const OURS: &str = "\
[workspace]
members = [\"crates/*\"]
resolver = \"3\"

[workspace.package]
version = \"0.1.0\"
edition = \"2024\"

[workspace.dependencies]
api = { path = \"crates/api\", package = \"shop-api\" }

serde = { version = \"1\", features = [\"derive\"] }
tonic = { version = \"0.14\", default-features = false }

[workspace.lints.rust]
# Why.
unsafe_code = \"forbid\"
";

const API: &str = "\
[package]
name = \"shop-api\"
version.workspace = true
edition.workspace = true

[[bin]]
name = \"shop\"
path = \"src/main.rs\"

[lints]
workspace = true

[dependencies]
api.workspace = true
serde = { workspace = true, features = [\"rc\"] }
tonic.workspace = true
";

fn tree(files: &[(&str, &str)]) -> Tree {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec().into());
    Tree(files.iter().map(owned).collect())
}

fn rendered() -> Tree {
    tree(&[
        ("Cargo.toml", OURS),
        ("README.md", "# Shop\n"),
        ("clippy.toml", "x = 1\n"),
        ("config/default.yaml", "a: 1\n"),
        ("crates/api/Cargo.toml", API),
        ("crates/api/src/lib.rs", "// ours\n"),
        ("protosmith.toml", "[project]\n"),
    ])
}

fn adopted(manifest: &str, files: &[(&str, &str)], options: &Options) -> Result<Adoption> {
    let existing = Existing {
        manifest: manifest.as_bytes().to_vec(),
        files: tree(files),
        packages: [("lint".to_owned(), "tools/lint/Cargo.toml".to_owned())].into(),
    };
    adopt(&existing, &rendered(), options)
}

/// A file as it will be.
fn changed(adoption: &Adoption, path: &str) -> String {
    let change = adoption.changes.iter().find(|change| change.path == path);
    let new = change.and_then(|change| change.new.as_ref());
    String::from_utf8(new.unwrap_or_else(|| panic!("no `{path}`")).to_vec()).expect("UTF-8")
}

fn root(manifest: &str) -> String {
    let adoption =
        adopted(manifest, &[], &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    changed(&adoption, "Cargo.toml")
}

fn refused(manifest: &str, files: &[(&str, &str)], expected: &str) {
    let error = adopted(manifest, files, &Options::default()).expect_err(expected);
    assert!(error.to_string().contains(expected), "{error}");
}

const PACKAGE: &str = "\n[workspace.package]\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const DEPENDENCIES: &str = "\n[workspace.dependencies]\napi = { path = \"crates/api\", package = \"shop-api\" }\n\
                            serde = { version = \"1\", features = [\"derive\"] }\ntonic = { version = \"0.14\", default-features = false }\n";
const LINTS: &str = "\n[workspace.lints.rust]\n# Why.\nunsafe_code = \"forbid\"\n";

#[test]
fn members_are_added_as_the_list_is_written() {
    for (members, expected) in [
        (
            "members = [\"a\", \"b\"]",
            "members = [\"a\", \"b\", \"crates/api\"]",
        ),
        ("members = []", "members = [\n    \"crates/api\",\n]"),
        (
            "members = [\n  \"a\",\n  \"b\" # bee\n]",
            "members = [\n  \"a\",\n  \"b\", # bee\n  \"crates/api\",\n]",
        ),
        (
            "members = [\n    # the old one\n    \"a\", # keep\n    # end\n]",
            "members = [\n    # the old one\n    \"a\", # keep\n    # end\n    \"crates/api\",\n]",
        ),
        ("members = [\"crates/*\"]", "members = [\"crates/*\"]"),
        (
            "members = [\"./crates/api/\"]",
            "members = [\"./crates/api/\"]",
        ),
        ("members = [\"*\"]", "members = [\"*\", \"crates/api\"]"),
        (
            "members = [\"a\"]\nexclude = [\"crates/apis\"]",
            "members = [\"a\", \"crates/api\"]\nexclude = [\"crates/apis\"]",
        ),
    ] {
        let manifest = format!("# top\n[workspace]\n{members} \n");
        assert_eq!(
            root(&manifest),
            format!("# top\n[workspace]\n{expected} \n{PACKAGE}{DEPENDENCIES}{LINTS}")
        );
    }
    refused(
        "[workspace]\nexclude = [\"crates\"]\n",
        &[],
        "`workspace.exclude` excludes `crates/api`",
    );
    refused(
        "[workspace]\nmembers = 1\n",
        &[],
        "`workspace.members` is no list",
    );
}

#[test]
fn dotted_and_inline_tables_stay_what_they_are() {
    for manifest in [
        "workspace = { members = [\"a\"] }\n",
        "workspace.members = [\"a\"]\n",
    ] {
        let text = root(manifest);
        let value: toml::Table =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let workspace = &value["workspace"];
        assert_eq!(
            workspace["members"].as_array().map(Vec::len),
            Some(2),
            "{text}"
        );
        assert_eq!(
            workspace["package"]["edition"].as_str(),
            Some("2024"),
            "{text}"
        );
        assert_eq!(
            workspace["dependencies"]["api"]["path"].as_str(),
            Some("crates/api"),
            "{text}"
        );
        assert_eq!(
            workspace["lints"]["rust"]["unsafe_code"].as_str(),
            Some("forbid"),
            "{text}"
        );
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let plain = "# a\n[workspace]\nmembers = [\"a\"]\n";
    let text = root(&format!("\u{feff}{}", plain.replace('\n', "\r\n")));
    assert_eq!(
        text,
        format!("\u{feff}{}", root(plain).replace('\n', "\r\n"))
    );
}

#[test]
fn what_is_there_stays_and_our_crates_say_theirs() {
    let manifest = "[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"7.0.0\"\nedition = \"2021\" # old\n\n\
                    [workspace.dependencies]\n# pinned\nserde   = \"1\" # by ops\ntonic = { git = \"https://x/y\" }\napi = \"3\"\n\n\
                    [workspace.lints.rust]\nunused = \"deny\"\n\n[profile.release]\nlto = true\n";
    let adoption = adopted(manifest, &[], &Options::default()).expect("adopted");
    let expected = manifest.replace("[\"a\"]", "[\"a\", \"crates/api\"]");
    assert_eq!(changed(&adoption, "Cargo.toml"), expected);
    assert_eq!(
        changed(&adoption, "crates/api/Cargo.toml"),
        "[package]\nname = \"shop-api\"\nversion.workspace = true\nedition = \"2024\"\n\n[[bin]]\nname = \"shop\"\npath = \"src/main.rs\"\n\n\
         [lints.rust]\n# Why.\nunsafe_code = \"forbid\"\n\n[dependencies]\napi = { path = \"../api\", package = \"shop-api\" }\n\
         serde = { workspace = true, features = [\"derive\", \"rc\"] }\ntonic = { version = \"0.14\", default-features = false }\n"
    );
    let notes: Vec<_> = adoption
        .notes
        .iter()
        .map(|note| note.message.as_str())
        .collect();
    assert_eq!(
        notes,
        [
            "`workspace.package.edition` is `\"2021\"`: our crates say `\"2024\"` for themselves",
            "`workspace.dependencies.api` is there already: our crates name `crates/api` by its path",
            "`workspace.dependencies.tonic` is `{ git = \"https://x/y\" }`: our crates ask for `{ version = \"0.14\", default-features = false }` themselves",
            "`workspace.lints` is there already: our crates have lints of their own",
        ]
    );
}

#[test]
fn another_requirement_is_never_overwritten() {
    for (theirs, own) in [
        (
            "serde = \"1\"",
            "serde = { workspace = true, features = [\"derive\", \"rc\"] }",
        ),
        (
            "serde = { version = \"1\", features = [\"derive\", \"rc\"] }",
            "serde = { workspace = true, features = [\"rc\"] }",
        ),
        (
            "serde = { version = \"1\", default-features = false }",
            "serde = { version = \"1\", features = [\"derive\", \"rc\"] }",
        ),
        (
            "serde = \"0.9\"",
            "serde = { version = \"1\", features = [\"derive\", \"rc\"] }",
        ),
        (
            "serde = { version = \"1\", package = \"other\" }",
            "serde = { version = \"1\", features = [\"derive\", \"rc\"] }",
        ),
        (
            "[workspace.dependencies.serde]\npath = \"x\"",
            "serde = { version = \"1\", features = [\"derive\", \"rc\"] }",
        ),
    ] {
        let head = if theirs.starts_with('[') {
            ""
        } else {
            "[workspace.dependencies]\n"
        };
        let manifest = format!("[workspace]\nmembers = []\n\n{head}{theirs}\n");
        let adoption = adopted(&manifest, &[], &Options::default()).expect("adopted");
        assert!(changed(&adoption, "Cargo.toml").contains(theirs));
        let api = changed(&adoption, "crates/api/Cargo.toml");
        assert!(api.contains(&format!("\n{own}\n")), "{theirs}\n{api}");
    }
}

#[test]
fn a_single_crate_becomes_a_workspace_only_when_asked() {
    let manifest =
        "[package]\nname = \"lint\"\nedition = \"2018\"\n\n[dependencies]\nserde = \"1\"\n";
    refused(manifest, &[], "say `--workspace` to make it one");
    let options = Options {
        workspace: true,
        ..Options::default()
    };
    let adoption = adopted(manifest, &[], &options).expect("adopted");
    let expected = format!(
        "{manifest}\n[workspace]\nmembers = [\n    \"crates/api\",\n]\nresolver = \"2\"\n{PACKAGE}{DEPENDENCIES}{LINTS}"
    );
    assert_eq!(changed(&adoption, "Cargo.toml"), expected);
    refused(
        "[package]\nname = \"x\"\nworkspace = \"..\"\n",
        &[],
        "`protosmith adopt ..`",
    );
    refused("[lib]\n", &[], "neither a workspace nor a package");
    refused("[workspace\n", &[], "Cargo.toml:1");
}

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
