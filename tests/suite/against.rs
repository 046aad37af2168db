//! `inspect --against` compares with a folder, with a project, and with what git remembers.

use std::path::Path;
use std::process::Output;

use crate::command::{complaints, git};
use crate::new::write;
use crate::workspace::protosmith;

const BEFORE: &str = "syntax = \"proto3\";\npackage acme;\nimport \"acme/order.proto\";\nservice Shop {\n  rpc Buy(Order) returns (Order);\n}\n";
const AFTER: &str = "syntax = \"proto3\";\npackage acme;\nimport \"acme/order.proto\";\nservice Shop {\n  rpc Purchase(Order) returns (Order);\n}\n";
const ORDER: &str = "syntax = \"proto3\";\npackage acme;\nmessage Order { int32 id = 1; }\n";
const WIDER: &str = "syntax = \"proto3\";\npackage acme;\nmessage Order {\n  int64 id = 1;\n}\n";
const ANSWERS: &str =
    "[project]\nname = \"shop\"\n[features]\nlist = []\n[proto]\nfiles = [\"acme/shop.proto\"]\n";

fn inspect(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = protosmith();
    command.arg("inspect").args(arguments).current_dir(folder);
    command
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .expect("it runs")
}

const TOLD: &str = "\
BREAKS  RULE             WHERE                    CHANGE
json    FIELD_SAME_TYPE  proto/acme/order.proto:4  the field 1 `acme.Order.id` is `int64`, it was `int32`
code    RPC_NO_DELETE    proto/acme/shop.proto:4   the method `acme.Shop/Buy` is gone; it may be `Purchase` now
";

/// The columns are as wide as the paths.
fn check(output: &Output, code: i32) {
    let squeeze = |text: &str| {
        let lines = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n")
    };
    let said = complaints(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let told = String::from_utf8_lossy(&output.stdout).replace("./proto", "proto");
    assert_eq!(squeeze(&told), squeeze(TOLD), "{said}");
    assert!(
        said.contains("changes that break: 1 JSON, 1 generated code"),
        "{said}"
    );
}

#[test]
fn a_project_is_compared_with_a_revision_of_itself() {
    let home = tempfile::tempdir().expect("a folder");
    let project = home.path().join("apps/shop");
    write(
        &project,
        &[
            ("protosmith.toml", ANSWERS),
            ("proto/acme/shop.proto", BEFORE),
            ("proto/acme/order.proto", ORDER),
        ],
    );
    git(home.path(), &["init", "-q"]);
    git(home.path(), &["add", "."]);
    git(home.path(), &["commit", "-q", "-m", "first"]);
    git(home.path(), &["tag", "v1"]);
    write(
        &project,
        &[
            ("proto/acme/shop.proto", AFTER),
            ("proto/acme/order.proto", WIDER),
        ],
    );

    check(&inspect(&project, &["--against", "v1"]), 0);
    let denied = inspect(&project, &["--against", "main", "--deny", "breaking"]);
    check(&denied, 1);
    let said = complaints(&denied);
    assert!(
        said.contains("2 changes break callers or generated code, since `main`"),
        "{said}"
    );
    let named = ["--proto", "proto/acme/shop.proto", "--against", "HEAD"];
    check(&inspect(&project, &named), 0);

    git(home.path(), &["commit", "-q", "-a", "-m", "second"]);
    let same = inspect(&project, &["--against", "HEAD", "--deny", "breaking"]);
    assert!(same.status.success() && same.stdout.is_empty());
    check(&inspect(&project, &["--against", "HEAD~1"]), 0);

    // What was broken at that time is told by the names that git has for it.
    write(&project, &[("proto/acme/order.proto", "broken")]);
    git(home.path(), &["commit", "-q", "-a", "-m", "third"]);
    write(&project, &[("proto/acme/order.proto", ORDER)]);
    let broken = inspect(&project, &["--against", "HEAD"]);
    let said = complaints(&broken);
    assert_eq!(broken.status.code(), Some(1));
    assert!(
        said.contains("--> HEAD:apps/shop/proto/acme/order.proto:1:1"),
        "{said}"
    );
}

#[test]
fn protos_are_compared_with_a_folder_and_with_a_project() {
    let home = tempfile::tempdir().expect("a folder");
    let then = home.path().join("then");
    write(
        home.path(),
        &[
            ("proto/acme/shop.proto", AFTER),
            ("proto/acme/order.proto", WIDER),
        ],
    );
    write(
        &then,
        &[
            ("protosmith.toml", ANSWERS),
            ("proto/acme/shop.proto", BEFORE),
            ("proto/acme/order.proto", ORDER),
        ],
    );
    let named = ["--proto", "proto/acme/shop.proto", "--against"];
    let against = |with: &str| inspect(home.path(), &[&named[..], &[with]].concat());
    check(&against("then"), 0);
    check(&against("then/proto"), 0);
    let json = inspect(
        home.path(),
        &[&named[..], &["then", "--format", "json"]].concat(),
    );
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        (&json["breaking"], &json["changes"][0]["rule"]),
        (&true.into(), &"FIELD_SAME_TYPE".into())
    );

    let refused = |output: Output, part: &str| {
        let said = complaints(&output);
        assert!(
            output.status.code() == Some(1) && said.contains(part),
            "{said}"
        );
    };
    refused(
        against("nowhere"),
        "`nowhere` is neither a folder nor a git revision",
    );
    let option = [&named[..2], &["--against=--output=x"]].concat();
    refused(
        inspect(home.path(), &option),
        "is neither a folder nor a git revision",
    );
    refused(
        inspect(home.path(), &["--against", "then"]),
        "no proto is named, and there is no project here",
    );
    write(home.path(), &[("other/x.proto", ORDER)]);
    refused(against("other"), "none of `acme/shop.proto` is in `other`");
}
