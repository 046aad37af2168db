//! What is told of several files, of new names, and of a set that was kept.

use super::{Breaks, Change, Protos, compare};
use crate::proto::{Include, Request, compile, compile_embedded};

fn one(body: &str) -> Protos {
    let text = format!("syntax = \"proto3\";\npackage a;\n{body}\n");
    Protos::new(&compile_embedded("a.proto", &text).expect("it compiles"))
}

/// A set of files with the package `a`, unless their text says another.
fn several(files: &[(&str, &str)]) -> Protos {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |(name, body): &(&str, &str)| {
        let package = if body.contains("package") {
            ""
        } else {
            "package a;"
        };
        let path = folder.path().join(name);
        crate::fs::write_new(
            &path,
            format!("syntax = \"proto3\";\n{package}\n{body}\n").as_bytes(),
        )
        .expect("written");
        path
    };
    let request = Request {
        protos: files.iter().map(write).collect(),
        includes: vec![Include {
            prefix: None,
            dir: folder.path().to_owned(),
        }],
    };
    Protos::new(&compile(&request).expect("they compile"))
}

fn told(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| {
        let rule = change.rule.unwrap_or("-");
        let line = change.at.as_ref().and_then(|at| at.line);
        let line = line.map(|line| line.to_string()).unwrap_or_default();
        format!(
            "{} {rule} {line}: {}: {}",
            change.breaks.name(),
            change.kind.name(),
            change.message
        )
    };
    changes.iter().map(line).collect()
}

fn check(before: &Protos, after: &Protos, expected: &[&str]) {
    assert_eq!(told(&compare(before, after).expect("compared")), expected);
}

#[test]
fn a_new_name_is_guessed_where_one_thing_is_alike() {
    check(
        &one(
            "message M {}\nservice S {\n  rpc Buy(M) returns (M);\n  rpc Watch(M) returns (stream M);\n}",
        ),
        &one(
            "message M {}\nservice S {\n  rpc Observe(M) returns (stream M);\n  rpc Purchase(M) returns (M);\n}",
        ),
        &[
            "code RPC_NO_DELETE 4: renamed: the method `a.S/Buy` is gone; it may be `Purchase` now",
            "code RPC_NO_DELETE 4: renamed: the method `a.S/Watch` is gone; it may be `Observe` now",
        ],
    );
    check(
        &one(
            "message M { int32 a = 1; M m = 2; }\nenum E { X = 0; }\nservice S { rpc A(N) returns (N); }\nmessage N {}",
        ),
        &one(
            "message O { int32 a = 1; O m = 2; }\nenum F { X = 0; }\nservice T { rpc A(N) returns (N); }\nmessage N {}",
        ),
        &[
            "code SERVICE_NO_DELETE : renamed: the service `a.S` is gone; it may be `a.T` now",
            "code MESSAGE_NO_DELETE : renamed: the message `a.M` is gone; it may be `a.O` now",
            "code ENUM_NO_DELETE : renamed: the enum `a.E` is gone; it may be `a.F` now",
        ],
    );
    // Of two that are alike, none is guessed.
    check(
        &one("message M {}\nservice S {\n  rpc A(M) returns (M);\n  rpc B(M) returns (M);\n}"),
        &one("message M {}\nservice S {\n  rpc C(M) returns (M);\n}"),
        &[
            "code RPC_NO_DELETE 4: removed: the method `a.S/A` is gone",
            "code RPC_NO_DELETE 4: removed: the method `a.S/B` is gone",
            "nothing - 5: added: the method `a.S/C` is new",
        ],
    );
}

#[test]
fn a_field_with_another_number_is_told_once() {
    check(
        &one("message M {\n  int32 a = 1;\n}"),
        &one("message M {\n  int32 a = 2;\n}"),
        &["wire FIELD_NO_DELETE 4: changed: the field `a.M.a` has the number 2, it had 1"],
    );
}

#[test]
fn what_moves_to_another_file_breaks_no_rust() {
    let before = several(&[
        ("a.proto", "message M {} message N {}"),
        ("b.proto", "message O { enum E { X = 0; } }"),
    ]);
    check(
        &before,
        &several(&[
            ("a.proto", "message N {}"),
            ("c.proto", "message M {} message O { enum E { X = 0; } }"),
        ]),
        &[
            "files MESSAGE_NO_DELETE 3: moved: the message `a.M` is in `c.proto` now",
            "files FILE_NO_DELETE : removed: the file `b.proto` is gone",
            "nothing - 3: moved: the message `a.O` is in `c.proto` now",
            "nothing - 3: moved: the enum `a.O.E` is in `c.proto` now",
            "nothing - : added: the file `c.proto` is new",
        ],
    );
    let gone = compare(
        &before,
        &several(&[("a.proto", "message M {} message N {}")]),
    )
    .expect("compared");
    let rules: Vec<_> = gone
        .iter()
        .map(|change| (change.rule, change.breaks))
        .collect();
    assert_eq!(
        rules,
        [
            (Some("FILE_NO_DELETE"), Breaks::Files),
            (Some("PACKAGE_MESSAGE_NO_DELETE"), Breaks::Code),
            (Some("PACKAGE_ENUM_NO_DELETE"), Breaks::Code),
        ]
    );
}

#[test]
fn another_package_is_told_without_its_contents() {
    check(
        &several(&[("a.proto", "message M {}")]),
        &several(&[("a.proto", "package b; message M {}")]),
        &[
            "wire FILE_SAME_PACKAGE : changed: the package of `a.proto` is `b`, it was `a`: every name in it is another",
        ],
    );
}

#[test]
fn what_is_in_a_new_file_is_new() {
    let a = ("a.proto", "message M {}");
    check(
        &several(&[a]),
        &several(&[a, ("b.proto", "message N { message In {} }\nservice S {}")]),
        &[
            "nothing - : added: the file `b.proto` is new",
            "nothing - 4: added: the service `a.S` is new",
            "nothing - 3: added: the message `a.N` is new",
        ],
    );
}

#[test]
fn a_set_is_kept_without_loss() {
    let text = "syntax = 'proto3'; package a; import 'protosmith/options.proto'; import 'google/protobuf/timestamp.proto'; \
                // Comment.\nmessage M { google.protobuf.Timestamp t = 1; } service S { rpc A(M) returns (M) { \
                option (protosmith.method) = { public: true }; } }";
    let protos = Protos::new(&compile_embedded("a.proto", text).expect("it compiles"));
    let bytes = protos.encode().expect("encoded");
    let kept = Protos::decode(&bytes, "descriptors.binpb").expect("decoded");
    assert_eq!(kept.encode().expect("encoded"), bytes, "the same bytes");
    assert_eq!(
        kept.own.keys().collect::<Vec<_>>(),
        ["a.proto", "protosmith/options.proto"]
    );
    assert!(!String::from_utf8_lossy(&bytes).contains("Comment."));
    let option = kept
        .pool
        .get_service_by_name("a.S")
        .expect("there")
        .methods()
        .next()
        .expect("a method");
    let options = option.options();
    assert_eq!(options.extensions().count(), 1, "with custom options");
    check(&kept, &protos, &[]);
    check(&protos, &kept, &[]);
    let later = text.replace("rpc A(M)", "rpc B(M)");
    let later = Protos::new(&compile_embedded("a.proto", &later).expect("it compiles"));
    check(
        &kept,
        &later,
        &["code RPC_NO_DELETE 2: renamed: the method `a.S/A` is gone; it may be `B` now"],
    );
}

#[test]
fn a_damaged_set_is_refused() {
    let protos = one("message M { int32 a = 1; }");
    let bytes = protos.encode().expect("encoded");
    for end in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[end] ^= 0xff;
        for bytes in [&bytes[..end], &damaged] {
            if let Err(error) = Protos::decode(bytes, "x.binpb") {
                assert!(
                    error.to_string().contains("`x.binpb` is damaged"),
                    "{error}"
                );
            }
        }
    }
    assert!(Protos::decode(b"\xff\xff\xff", "x.binpb").is_err());
}
