//! The file of options that comes with us.

use super::super::{Source, compile, policy};
use super::{dir, names, request};

/// The file of options that comes with us is read wherever it is imported, whatever lies on the disk.
#[test]
fn our_own_file_is_ours() {
    let user = "syntax = 'proto3'; package a; import 'protosmith/options.proto'; message M {} \
        service S { rpc R (M) returns (M) { option (protosmith.method) = { timeout: '5s' }; } }";
    let through = "syntax = 'proto3'; import 'a/x.proto';";
    let other = "syntax = 'proto3'; package protosmith; message Policy {}";
    for (files, protos, expected) in [
        (
            vec![("p/a/x.proto", user)],
            vec!["p/a/x.proto"],
            "a/x.proto* protosmith/options.proto",
        ),
        (
            vec![("p/a/x.proto", user), ("p/y.proto", through)],
            vec!["p/y.proto"],
            "a/x.proto protosmith/options.proto y.proto*",
        ),
        (
            vec![("p/a/x.proto", user), ("p/protosmith/options.proto", other)],
            vec!["p/a/x.proto"],
            "a/x.proto* protosmith/options.proto",
        ),
        (
            vec![
                ("p/a/x.proto", user),
                ("p/protosmith/options.proto", "no proto"),
            ],
            vec!["p/a/x.proto"],
            "a/x.proto* protosmith/options.proto",
        ),
        (
            vec![("p/a/x.proto", user), ("p/protosmith/options.proto", other)],
            vec!["p/a/x.proto", "p/protosmith/options.proto"],
            "a/x.proto* protosmith/options.proto*",
        ),
        (
            vec![
                ("p/a/x.proto", user),
                ("p/protosmith/options.proto", policy::TEXT),
            ],
            vec!["p/a/x.proto"],
            "a/x.proto* protosmith/options.proto",
        ),
    ] {
        let dir = dir(&files);
        let compiled = compile(&request(dir.path(), &protos, &[])).expect("it compiles");
        let named =
            |source: &Source| format!("{}{}", source.name, if source.given { "*" } else { "" });
        let names: Vec<_> = compiled.sources.iter().map(named).collect();
        assert_eq!(names.join(" "), expected);
        let ours = compiled.source(policy::NAME).expect("reached");
        assert_eq!(ours.text, policy::TEXT);
    }
}

#[test]
fn a_file_that_is_not_read_is_told_of_when_something_is_missing() {
    let files = [
        (
            "a.proto",
            "syntax = 'proto3'; import 'protosmith/options.proto'; message M { protosmith.Owner o = 1; }",
        ),
        (
            "protosmith/options.proto",
            "syntax = 'proto3'; package protosmith; message Owner {}",
        ),
        (
            "b.proto",
            "syntax = 'proto3'; import 'protosmith/policy.proto';",
        ),
    ];
    let told = names(&files, &["a.proto"], &[]);
    let expected = "

error: `protosmith/options.proto` is not the file of this version of protosmith, which is read in its place
  --> protosmith/options.proto
hint: leave the file as it is: options of your own go into a file of your own";
    let told = told.expect_err("no such message");
    assert!(
        told.contains("  --> a.proto:1:67") && told.ends_with(expected),
        "{told}"
    );
    let told = names(&files, &["b.proto"], &[]).expect_err("no such file");
    assert!(
        told.ends_with("hint: what comes with protosmith is `protosmith/options.proto`"),
        "{told}"
    );
}
