//! A proto that grows: `sync` inserts stubs where the handlers are, and tells what the rest means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::workspace::protosmith;

const BEFORE: &str = "\
syntax = \"proto3\";

package acme;

message Order {}

message Receipt {}

service Shop {
  // Sells.
  rpc Buy(Order) returns (Receipt);
  rpc Refund(Order) returns (Receipt);
}
";

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
    std::fs::write(path, text).expect("written");
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = protosmith();
    command
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("it runs")
}

/// What a command says, on both channels, if it ends so.
fn ends(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

/// A project whose team has moved its handler and written a method.
fn project() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), "acme/shop.proto", BEFORE);
    ends(
        home.path(),
        0,
        &[
            "new",
            "-q",
            "shop",
            "--proto",
            "acme/shop.proto",
            "--preset",
            "minimal",
        ],
    );
    let shop = home.path().join("shop");
    let handler = read(&shop, "crates/service/src/shop.rs");
    let written = handler.replacen(
        "Err(request.unimplemented())",
        "self.sold(request.into_inner())",
        1,
    );
    write(&shop, "crates/service/src/shop.rs", &written);
    (home, shop)
}

#[test]
fn new_methods_are_inserted_and_nothing_else_is_touched() {
    let (_home, shop) = project();
    let handler = read(&shop, "crates/service/src/shop.rs");
    // Somewhere else in the crate, where nothing is rendered.
    write(
        &shop,
        "crates/service/src/selling/desk.rs",
        &handler.replace('\n', "\r\n"),
    );
    write(
        &shop,
        "crates/service/src/selling/mod.rs",
        "mod desk;\npub use desk::*;\n",
    );
    write(
        &shop,
        "crates/service/src/shop.rs",
        "//! Moved.\n\npub use crate::selling::Shop;\n",
    );
    let later = BEFORE.replace(
        "  rpc Refund",
        "  // Watches.\n  rpc Watch(stream Order) returns (stream Receipt);\n  rpc Refund",
    );
    write(&shop, "proto/acme/shop.proto", &later);

    let said = ends(&shop, 3, &["sync", "--check"]);
    assert!(
        said.contains("crates/service/src/selling/desk.rs") || said.contains("out of date"),
        "{said}"
    );
    let diff = ends(&shop, 0, &["sync", "--diff"]);
    assert!(
        diff.contains("+++ b/crates/service/src/selling/desk.rs"),
        "{diff}"
    );
    let said = ends(&shop, 0, &["sync"]);
    assert!(
        said.contains("the method `acme.Shop/Watch` is new"),
        "{said}"
    );

    let desk = read(&shop, "crates/service/src/selling/desk.rs");
    let before = handler.replace('\n', "\r\n");
    let (start, end) = before.split_at(before.rfind('}').expect("a brace"));
    let inserted = desk
        .strip_prefix(start)
        .and_then(|rest| rest.strip_suffix(end));
    let inserted = inserted.unwrap_or_else(|| panic!("{desk}"));
    assert_eq!(
        inserted,
        "\r\n    type WatchStream = chassis::rpc::BoxStream<pb::Receipt>;\r\n\r\n    // Watches.\r\n    async fn watch(\r\n        &self,\r\n        \
         request: Request<rpc::Streaming<pb::Order>>,\r\n    ) -> Result<Response<Self::WatchStream>, Status> {\r\n        Err(request.unimplemented())\r\n    }\r\n"
            .replace("chassis::rpc::BoxStream", "rpc::BoxStream")
    );
    ends(&shop, 0, &["sync", "--check"]);
    let unwritten = ends(&shop, 1, &["sync", "--check", "--deny", "unimplemented"]);
    assert!(
        unwritten.contains("`acme.Shop/Watch` is not written: stub"),
        "{unwritten}"
    );
    assert!(!unwritten.contains("acme.Shop/Buy"), "{unwritten}");
    ends(&shop, 0, &["undo"]);
    assert_eq!(read(&shop, "crates/service/src/selling/desk.rs"), before);
}

/// The protos need not change again for what was not to be had the last time.
#[test]
fn what_a_handler_lacks_is_inserted_whenever_it_can_be() {
    let (_home, shop) = project();
    let handler = "crates/service/src/shop.rs";
    ends(&shop, 0, &["sync"]);
    let before = read(&shop, handler);
    let later = BEFORE.replace(
        "  rpc Refund",
        "  rpc Watch(stream Order) returns (stream Receipt);\n  rpc Refund",
    );
    write(&shop, "proto/acme/shop.proto", &later);
    write(&shop, handler, &format!("{before}fn half("));
    let said = ends(&shop, 0, &["sync"]);
    assert!(
        said.contains("mend it, then run the command again"),
        "{said}"
    );
    assert_eq!(read(&shop, handler), format!("{before}fn half("));
    write(&shop, handler, &before);
    ends(&shop, 3, &["sync", "--check"]);
    ends(&shop, 0, &["sync"]);
    let complete = read(&shop, handler);
    assert!(complete.contains("async fn watch("), "{complete}");
    assert!(ends(&shop, 0, &["sync"]).contains("up to date"));

    // A method that the user deleted, by mistake or to begin anew.
    let refund = complete.find("    async fn refund(").expect("it is there");
    let end = refund + complete[refund..].find("\n    }\n").expect("its end") + 7;
    write(
        &shop,
        handler,
        &format!("{}{}", &complete[..refund], &complete[end..]),
    );
    ends(&shop, 0, &["sync"]);
    let again = read(&shop, handler);
    assert!(again.contains("async fn refund("), "{again}");
    ends(&shop, 0, &["sync", "--check"]);
}

#[test]
fn what_breaks_is_told_before_anything_is_written() {
    let (_home, shop) = project();
    let later = BEFORE
        .replace("rpc Refund", "rpc GiveBack")
        .replace("rpc Buy(Order)", "rpc Buy(Receipt)");
    write(&shop, "proto/acme/shop.proto", &later);
    let before = files(&shop);
    let said = ends(&shop, 1, &["sync", "--deny", "breaking"]);
    for part in [
        "RPC_SAME_REQUEST_TYPE",
        "the method `acme.Shop/Refund` is gone; it may be `GiveBack` now",
        "`acme.Shop` has no method for `refund` any more",
        "`Buy` of `acme.Shop` takes `acme.Receipt` now, and this function `pb::Order`",
        "2 changes break callers or generated code, since the protos were rendered last",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(files(&shop), before);

    let json = run(&shop, &["sync", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["protos"][0]["rule"], "RPC_SAME_REQUEST_TYPE");
    assert!(
        read(&shop, "crates/service/src/shop.rs").contains("async fn refund("),
        "nothing is deleted"
    );
    // The next change is told against what was rendered last.
    write(
        &shop,
        "proto/acme/shop.proto",
        &later.replace("message Order {}", "message Order { int32 id = 1; }"),
    );
    let said = ends(&shop, 0, &["sync", "--deny", "breaking"]);
    assert!(
        said.contains("the field 1 `acme.Order.id` is new") && !said.contains("RPC_"),
        "{said}"
    );
}

/// Every file, but for what the tool remembers.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with(".protosmith") {
                waiting.push(path);
            } else if path.is_file() {
                found.insert(path.clone(), std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}
