//! A proto that grows: `sync` inserts stubs where the handlers are, and tells what the rest means.

use crate::project::Project;

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

/// A project whose team has written a method.
fn project() -> Project {
    let home = Project::nothing();
    home.write("acme/shop.proto", BEFORE);
    home.ends(
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
    let shop = home.below("shop");
    shop.edit(
        "crates/service/src/shop.rs",
        "Err(request.unimplemented())",
        "self.sold(request.into_inner())",
    );
    shop
}

#[test]
fn new_methods_are_inserted_and_nothing_else_is_touched() {
    let shop = project();
    let handler = shop.read("crates/service/src/shop.rs");
    // Somewhere else in the crate, where nothing is rendered.
    shop.write(
        "crates/service/src/selling/desk.rs",
        &handler.replace('\n', "\r\n"),
    );
    shop.write(
        "crates/service/src/selling/mod.rs",
        "mod desk;\npub use desk::*;\n",
    );
    shop.write(
        "crates/service/src/shop.rs",
        "//! Moved.\n\npub use crate::selling::Shop;\n",
    );
    let later = BEFORE.replace(
        "  rpc Refund",
        "  // Watches.\n  rpc Watch(stream Order) returns (stream Receipt);\n  rpc Refund",
    );
    shop.write("proto/acme/shop.proto", &later);

    let said = shop.ends(3, &["sync", "--check"]);
    assert!(
        said.contains("crates/service/src/selling/desk.rs") || said.contains("out of date"),
        "{said}"
    );
    let diff = shop.ends(0, &["sync", "--diff"]);
    assert!(
        diff.contains("+++ b/crates/service/src/selling/desk.rs"),
        "{diff}"
    );
    let said = shop.ends(0, &["sync"]);
    assert!(
        said.contains("the method `acme.Shop/Watch` is new"),
        "{said}"
    );

    let desk = shop.read("crates/service/src/selling/desk.rs");
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
    shop.ends(0, &["sync", "--check"]);
    let unwritten = shop.ends(1, &["sync", "--check", "--deny", "unimplemented"]);
    assert!(
        unwritten.contains("`acme.Shop/Watch` is not written: stub"),
        "{unwritten}"
    );
    assert!(!unwritten.contains("acme.Shop/Buy"), "{unwritten}");
    shop.ends(0, &["undo"]);
    assert_eq!(shop.read("crates/service/src/selling/desk.rs"), before);
}

/// The protos need not change again for what was not to be had the last time.
#[test]
fn what_a_handler_lacks_is_inserted_whenever_it_can_be() {
    let shop = project();
    let handler = "crates/service/src/shop.rs";
    shop.ends(0, &["sync"]);
    let before = shop.read(handler);
    let later = BEFORE.replace(
        "  rpc Refund",
        "  rpc Watch(stream Order) returns (stream Receipt);\n  rpc Refund",
    );
    shop.write("proto/acme/shop.proto", &later);
    shop.write(handler, &format!("{before}fn half("));
    let said = shop.ends(0, &["sync"]);
    assert!(
        said.contains("mend it, then run the command again"),
        "{said}"
    );
    assert_eq!(shop.read(handler), format!("{before}fn half("));
    shop.write(handler, &before);
    shop.ends(3, &["sync", "--check"]);
    shop.ends(0, &["sync"]);
    let complete = shop.read(handler);
    assert!(complete.contains("async fn watch("), "{complete}");
    assert!(shop.ends(0, &["sync"]).contains("up to date"));

    // A method that the user deleted, by mistake or to begin anew.
    let refund = complete.find("    async fn refund(").expect("it is there");
    let end = refund + complete[refund..].find("\n    }\n").expect("its end") + 7;
    shop.write(
        handler,
        &format!("{}{}", &complete[..refund], &complete[end..]),
    );
    shop.ends(0, &["sync"]);
    let again = shop.read(handler);
    assert!(again.contains("async fn refund("), "{again}");
    shop.ends(0, &["sync", "--check"]);
}

#[test]
fn what_breaks_is_told_before_anything_is_written() {
    let shop = project();
    let later = BEFORE
        .replace("rpc Refund", "rpc GiveBack")
        .replace("rpc Buy(Order)", "rpc Buy(Receipt)");
    shop.write("proto/acme/shop.proto", &later);
    let before = shop.files();
    let said = shop.ends(1, &["sync", "--deny", "breaking"]);
    for part in [
        "RPC_SAME_REQUEST_TYPE",
        "the method `acme.Shop/Refund` is gone; it may be `GiveBack` now",
        "`acme.Shop` has no method for `refund` any more",
        "`Buy` of `acme.Shop` takes `acme.Receipt` now, and this function `pb::Order`",
        "2 changes break callers or generated code, since the protos were rendered last",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(shop.files(), before);

    let json = shop.run(&["sync", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["protos"][0]["rule"], "RPC_SAME_REQUEST_TYPE");
    assert!(
        shop.read("crates/service/src/shop.rs")
            .contains("async fn refund("),
        "nothing is deleted"
    );
    // The next change is told against what was rendered last.
    shop.write(
        "proto/acme/shop.proto",
        &later.replace("message Order {}", "message Order { int32 id = 1; }"),
    );
    let said = shop.ends(0, &["sync", "--deny", "breaking"]);
    assert!(
        said.contains("the field 1 `acme.Order.id` is new") && !said.contains("RPC_"),
        "{said}"
    );
}
