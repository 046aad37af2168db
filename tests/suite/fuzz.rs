//! No text in a proto makes protosmith panic: it renders, or says what is wrong.
//!
//! Two sources of text: tokens of the grammar in any order, which reach deep into the compiler, and the shapes of
//! `tests/protos` with pieces cut, doubled and swapped. Bounded by a number of cases, so that a run ends.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use protosmith::{model, proto};

use crate::workspace::{repository, slow};

fn cases() -> u32 {
    match slow("20,000 cases of each kind instead of 500") {
        true => 20_000,
        false => 500,
    }
}

/// Whatever it is, it is a model or a list of problems.
fn read(text: &str) {
    match proto::compile_embedded("fuzz/a.proto", text)
        .and_then(|compiled| model::from_proto::model(&compiled))
    {
        Ok(model) => assert!(!model.services.is_empty()),
        Err(error) => assert!(
            !error.problems.is_empty()
                && error
                    .problems
                    .iter()
                    .all(|problem| !problem.message.is_empty())
        ),
    }
}

fn run<S: Strategy<Value = String>>(text: S) {
    let config = Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&text, |text| {
        read(&text);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

const TOKENS: &[&str] = &[
    "syntax",
    "=",
    "\"proto3\"",
    "\"proto2\"",
    ";",
    "package",
    "a",
    ".",
    "b",
    "import",
    "public",
    "weak",
    "message",
    "enum",
    "service",
    "rpc",
    "returns",
    "stream",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    "option",
    "deprecated",
    "true",
    "repeated",
    "optional",
    "required",
    "oneof",
    "map",
    "string",
    "int32",
    "bytes",
    "google",
    "Empty",
    "reserved",
    "to",
    "max",
    "extensions",
    "extend",
    "group",
    "1",
    "0",
    "-1",
    "536870911",
    "99999999999999999999",
    "0x",
    "1e9",
    "inf",
    "nan",
    "\"",
    "'",
    "\\",
    "/*",
    "*/",
    "//",
    "\n",
    "_",
    "Connect",
    "B",
    "self",
    "type",
    "A",
    "edition",
    "\"2023\"",
    "\u{feff}",
    "\0",
    "é",
    "\r",
    "default",
    "json_name",
    "default = 1",
    "import \"google/protobuf/any.proto\";",
    "message M { M m = 1; }",
    "enum E { X = 0; x = 1; }",
    "service S { rpc R (M) returns (M); }",
    "import \"protosmith/options.proto\";",
    "option (protosmith.service)",
    "option (protosmith.method)",
    "public: true",
    "roles: [\"a\", \"\"]",
    "rate { caller: \"1/s\" }",
    "timeout: \"5s\"",
];

#[test]
fn any_order_of_tokens() {
    let tokens = prop::collection::vec(prop::sample::select(TOKENS), 0..60);
    run(tokens.prop_map(|tokens| tokens.join(" ")));
}

#[test]
fn well_formed_starts_with_any_tokens_inside() {
    let tokens = prop::collection::vec(prop::sample::select(TOKENS), 0..20);
    run(tokens.prop_map(|tokens| {
        format!("syntax = \"proto3\"; package p; service S {{ rpc R (M) returns (M); }} message M {{ {} }}", tokens.join(" "))
    }));
}

#[test]
fn policies_of_any_tokens() {
    let tokens = || prop::collection::vec(prop::sample::select(TOKENS), 0..6);
    let text = || {
        let signs = [
            "5",
            "0",
            "9999999999",
            "s",
            "m",
            "ms",
            "/",
            " ",
            "é",
            "\\t",
            "\\x1b",
            "|",
            ",",
        ];
        prop::collection::vec(prop::sample::select(signs.to_vec()), 0..4)
            .prop_map(|signs| signs.concat())
    };
    let all = (text(), text(), tokens(), tokens());
    run(all.prop_map(|(timeout, role, service, method)| {
        format!(
            "syntax = \"proto3\"; import \"protosmith/options.proto\"; message M {{}} service S {{ \
             option (protosmith.service) = {{ timeout: \"{timeout}\" {} }}; rpc R (M) returns (M) {{ \
             option (protosmith.method) = {{ roles: \"{role}\" {} }}; }} }}",
            service.join(" "),
            method.join(" ")
        )
    }));
}

#[test]
fn shapes_with_pieces_cut_and_doubled() {
    let mut shapes: Vec<String> = std::fs::read_dir(repository("tests/protos/shapes"))
        .expect("the folder")
        .filter_map(|entry| std::fs::read(entry.expect("an entry").path()).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .filter(|text| text.len() < 20_000)
        .collect();
    shapes.sort();
    let cuts = (
        prop::sample::select(shapes),
        prop::collection::vec(
            (
                any::<prop::sample::Index>(),
                any::<prop::sample::Index>(),
                0..3u8,
            ),
            1..4,
        ),
    );
    run(cuts.prop_map(|(mut text, cuts)| {
        for (from, to, what) in cuts {
            let chars: Vec<char> = text.chars().collect();
            let (a, b) = (from.index(chars.len() + 1), to.index(chars.len() + 1));
            let (a, b) = (a.min(b), a.max(b));
            let (start, middle, end) = (&chars[..a], &chars[a..b], &chars[b..]);
            let pieces: [&[char]; 4] = match what {
                0 => [start, end, &[], &[]],
                1 if middle.len() < 2_000 => [start, middle, middle, end],
                _ => [end, middle, start, &[]],
            };
            text = pieces.concat().into_iter().collect();
        }
        text
    }));
}

/// Bytes that are no text at all, in a file.
#[test]
fn any_bytes_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.proto");
    let config = Config {
        cases: cases() / 10,
        failure_persistence: None,
        ..Config::default()
    };
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let result = TestRunner::new(config).run(&bytes, |bytes| {
        std::fs::write(&path, bytes).expect("written");
        let request = proto::Request {
            protos: vec![path.clone()],
            includes: Vec::new(),
        };
        prop_assert!(proto::compile(&request).is_err() || path.exists());
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
