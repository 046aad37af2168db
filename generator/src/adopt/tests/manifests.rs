//! Manifests of every layout, and what becomes of them.

use super::{adopted, changed};
use crate::adopt::Options;

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
