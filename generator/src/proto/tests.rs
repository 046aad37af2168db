//! Files on a disk: names, roots, and what is told when something is missing.

use std::path::Path;

use super::{Include, Request, compile, compile_embedded};

mod policy;

/// A directory with files, given as pairs of path and text.
fn dir(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::DirBuilder::new()
            .recursive(true)
            .create(path.parent().expect("a parent"))
            .expect("a directory");
        let mut file = std::fs::File::create(path).expect("a file");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    }
    dir
}

fn request(dir: &Path, protos: &[&str], includes: &[&str]) -> Request {
    Request {
        protos: protos.iter().map(|proto| dir.join(proto)).collect(),
        includes: includes
            .iter()
            .map(|include| {
                let include: Include = include.parse().expect("an include");
                Include {
                    dir: dir.join(include.dir),
                    ..include
                }
            })
            .collect(),
    }
}

/// The names of the files that are reached, given ones with a star; or all that is wrong, without
/// the path of the temporary directory.
fn names(files: &[(&str, &str)], protos: &[&str], includes: &[&str]) -> Result<String, String> {
    let dir = dir(files);
    let compiled = compile(&request(dir.path(), protos, includes));
    let shown = format!("{}/", dir.path().display());
    let compiled = compiled.map_err(|error| error.to_string().replace(&shown, ""))?;
    let named =
        |source: &super::Source| format!("{}{}", source.name, if source.given { "*" } else { "" });
    Ok(compiled
        .sources
        .iter()
        .map(named)
        .collect::<Vec<_>>()
        .join(" "))
}

#[test]
fn roots_are_inferred() {
    for (files, protos, expected) in [
        // By the package.
        (
            vec![("p/a/v1/x.proto", "package a.v1;")],
            vec!["p/a/v1/x.proto"],
            "a/v1/x.proto*",
        ),
        (
            vec![("p/b/x.proto", "package a.v1;")],
            vec!["p/b/x.proto"],
            "x.proto*",
        ),
        (vec![("p/x.proto", "")], vec!["p/x.proto"], "x.proto*"),
        // By the imports of the file, which weigh more than its package.
        (
            vec![
                ("p/a/x.proto", "package a; import 'y.proto';"),
                ("p/a/y.proto", ""),
            ],
            vec!["p/a/x.proto"],
            "x.proto* y.proto",
        ),
        (
            vec![
                ("p/a/b/x.proto", "import 'a/c/y.proto';"),
                ("p/a/c/y.proto", ""),
            ],
            vec!["p/a/b/x.proto"],
            "a/b/x.proto* a/c/y.proto",
        ),
        // By how another given file imports it.
        (
            vec![
                ("p/x.proto", "import 'sub/y.proto';"),
                ("p/sub/y.proto", ""),
            ],
            vec!["p/sub/y.proto", "p/x.proto"],
            "sub/y.proto* x.proto*",
        ),
        // An import that starts higher up than its importer.
        (
            vec![
                ("p/a/x.proto", "import 'y.proto';"),
                ("p/a/y.proto", "import 'b/z.proto';"),
                ("p/b/z.proto", ""),
            ],
            vec!["p/a/x.proto"],
            "b/z.proto x.proto* y.proto",
        ),
    ] {
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, format!("syntax = 'proto3'; {text}")))
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        assert_eq!(
            names(&files, &protos, &[]).as_deref(),
            Ok(expected),
            "{files:?}"
        );
    }
}

#[test]
fn includes_come_first() {
    let files = [
        (
            "p/a/x.proto",
            "import 'y.proto'; import 'github.com/acme/api/z.proto'; import 'google/protobuf/any.proto';",
        ),
        ("p/a/y.proto", "not read"),
        ("third/y.proto", ""),
        ("third/google/protobuf/any.proto", "not read"),
        ("acme/z.proto", ""),
    ];
    let files = files.map(|(name, text)| {
        (
            name,
            if text.is_empty() {
                "syntax = 'proto3';"
            } else {
                text
            },
        )
    });
    let includes = ["p", "third", "github.com/acme/api=acme"];
    assert_eq!(
        names(&files, &["p/a/x.proto", "p/a/../a/x.proto"], &includes).as_deref(),
        Ok("a/x.proto* github.com/acme/api/z.proto y.proto")
    );
    let given = names(&files, &["acme/z.proto"], &includes);
    assert_eq!(given.as_deref(), Ok("github.com/acme/api/z.proto*"));
}

#[test]
fn tells_everything_at_once() {
    let files = [
        (
            "a.proto",
            "syntax = 'proto3';\nimport 'b.proto';\nimport 'gone.proto';\nimport 'google/api/http.proto';\n",
        ),
        ("b.proto", "syntax = 'proto3';\nmessage {\n"),
        (
            "c.proto",
            "syntax = 'proto3';\nmessage M { Nope é = 1; Nada b = 2; }\n",
        ),
        (
            "d.proto",
            "syntax = 'proto3'; message M { Nope a = 1; Nada b = 2; }",
        ),
        ("e.txt", "text"),
    ];
    let told = names(
        &files,
        &["a.proto", "d.proto", "e.txt", "f.proto", "."],
        &["none"],
    );
    let expected = "\
error: `none` is not a directory
hint: `--include` names the directory that imports start from

error: `e.txt` is not a `.proto` file
  --> e.txt

error: cannot read `f.proto`: there is no such file
  --> f.proto

error: `.` is a directory, expected a `.proto` file
  --> .
hint: name the files in it: `--proto ./FILE.proto`

error: expected an identifier, but found `{`
  --> b.proto:2:9

error: the import `gone.proto` is not found
  --> a.proto:3:1
hint: add `--include DIR`, where `DIR/gone.proto` is the file, or `--include PREFIX=DIR` for a part of the name

error: the import `google/api/http.proto` is not found
  --> a.proto:4:1
hint: it comes from https://github.com/googleapis/googleapis: clone that beside this project and add `--include ../googleapis`

error: name `Nope` is not defined
  --> d.proto:1:32

error: name `Nada` is not defined
  --> d.proto:1:44";
    assert_eq!(told, Err(expected.to_owned()));
}

#[test]
fn one_file_has_one_name() {
    let files = [
        (
            "p/x.proto",
            "syntax = 'proto3'; import 'a/y.proto'; import 'a/z.proto';",
        ),
        ("p/a/y.proto", "syntax = 'proto3'; import 'z.proto';"),
        ("p/a/z.proto", "syntax = 'proto3';"),
    ];
    let told = names(&files, &["p/x.proto"], &[]).expect_err("two names");
    assert!(
        told.contains(
            "is reached under two names, `a/z.proto` and `z.proto`\n  --> p/a/y.proto:1:20"
        ),
        "{told}"
    );
    let files = [
        ("a/x.proto", "syntax = 'proto3';"),
        ("b/x.proto", "syntax = 'proto3';"),
    ];
    let told = names(&files, &["a/x.proto", "b/x.proto"], &[]).expect_err("two files");
    assert!(
        told.contains("`b/x.proto` and `a/x.proto` both get the import name `x.proto`"),
        "{told}"
    );
    assert_eq!(
        names(&files, &["a/x.proto", "b/x.proto"], &["."]).as_deref(),
        Ok("a/x.proto* b/x.proto*")
    );
}

#[test]
fn an_embedded_file_needs_no_disk() {
    let text = "\u{feff}syntax = 'proto3'; import 'google/protobuf/any.proto'; message M { google.protobuf.Any a = 1; }";
    let compiled = compile_embedded("a/v1/x.proto", text).expect("it compiles");
    assert_eq!(compiled.sources.len(), 1);
    assert!(compiled.sources[0].text.starts_with("syntax"));
    assert!(compiled.pool.get_message_by_name("M").is_some());
    let error = compile_embedded("x.proto", "syntax = 'proto3'; import 'Cargo.toml';")
        .expect_err("no such import");
    assert!(
        error
            .to_string()
            .contains("the import `Cargo.toml` is not found\n  --> x.proto:1:20"),
        "{error}"
    );
    assert!(
        compile(&Request {
            protos: Vec::new(),
            includes: Vec::new()
        })
        .is_err()
    );
}
