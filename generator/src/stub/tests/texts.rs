//! The inserted text is what `new` writes, and nothing in a file of the user's ends the program.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{inserted, model, survey_of};
use crate::answers::Answers;
use crate::feature::{Choice, Manifest, Preset, select};
use crate::model::Model;
use crate::plan::Settled;
use crate::{plan, render, template};

/// The file of the handler of `Svc`, as `new` writes it.
fn handler(model: &Model) -> String {
    let template = template::embedded();
    let manifest = Manifest::read(&template).expect("a manifest");
    let choice = Choice {
        preset: Preset::Minimal,
        with: Vec::new(),
        without: Vec::new(),
    };
    let answers = Answers {
        name: "x".to_owned(),
        features: select(&manifest, &choice).expect("features"),
        sample: false,
        deploy: crate::deploy::Deploy::new("x"),
    };
    let plan = plan::plan(&template, &manifest, &answers, model, &Settled::new()).expect("a plan");
    let tree = render::tree(&template, &manifest.stub, plan).expect("a tree");
    let bytes = &tree.0["crates/service/src/svc.rs"];
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_later_method_stands_as_if_it_had_been_there() {
    let methods = [
        "// Comment.\nrpc A(stream M) returns (N);",
        "rpc B(M) returns (stream N);",
        "/* Long\n * comment. */ rpc VeryLongNameOfAMethodThatDoesNotFit(stream M) returns (stream N) { option deprecated = true; }",
        "rpc Type(M) returns (N);",
        "rpc Wrapped(google.protobuf.Empty) returns (google.protobuf.Timestamp);",
    ];
    let model = |count: usize| {
        let proto = format!(
            "syntax = 'proto3'; package a.v1; import 'google/protobuf/empty.proto'; import 'google/protobuf/timestamp.proto'; \
             message M {{}} message N {{}}\nservice Svc {{\n{}\n}}",
            methods[..count].join("\n\n")
        );
        let compiled = crate::proto::compile_embedded("a.proto", &proto).expect("it compiles");
        crate::model::from_proto::model(&compiled).expect("it has a service")
    };
    for count in 1..methods.len() {
        let (before, after) = (handler(&model(count)), handler(&model(methods.len())));
        let survey = survey_of(&[("svc.rs", &before)], &model(methods.len()));
        let edited = &survey.edits["crates/service/src/svc.rs"];
        assert_eq!(String::from_utf8_lossy(edited), after, "after {count}");
    }
}

/// However deep the block stands and whatever the file imports.
#[test]
fn inserted_functions_are_as_rustfmt_leaves_them() {
    let imports = [
        "",
        "use chassis::rpc::{self, Request, RequestExt, Response, Status, Streaming};\n",
        "use chassis::rpc;\n",
    ];
    for import in imports {
        for depth in 0..3 {
            let mut text = String::new();
            for length in (1..90).step_by(3) {
                let mut methods = String::new();
                for (n, (request, response)) in [
                    ("M", "N"),
                    ("stream M", "N"),
                    ("M", "stream N"),
                    ("stream M", "stream N"),
                ]
                .iter()
                .enumerate()
                {
                    methods += &format!(
                        "rpc R{n}{}({request}) returns ({response});",
                        "x".repeat(length)
                    );
                }
                let indent = "    ".repeat(depth);
                let open = |n: usize| format!("{}mod m {{\n", "    ".repeat(n));
                let close = |n: usize| format!("{}}}\n", "    ".repeat(n));
                let opened: String = (0..depth).map(open).collect();
                let closed: String = (0..depth).rev().map(close).collect();
                let uses = import.replace("use", &format!("{indent}use"));
                let before = format!(
                    "{opened}{uses}\n{indent}impl api::a::v1::svc_server::Svc for Svc {{\n"
                );
                let after = format!("{indent}}}\n{closed}");
                let added = inserted(&format!("{before}{after}"), &model(&methods, ""));
                let before = before.replacen("mod m", &format!("mod m{length}"), 1);
                // Modules keep the imports apart; at the top of a file one set is enough.
                let before = if depth == 0 && !text.is_empty() {
                    before.replace(import, "")
                } else {
                    before
                };
                text += format!("{before}{added}{after}").trim_start_matches('\n');
                text += "\n";
            }
            let text = format!("{}\n", text.trim_end()).replace("{\n\n", "{\n");
            crate::rustfmt::assert_clean(&text);
        }
    }
}

fn run<S: Strategy>(cases: u32, values: S, test: impl Fn(S::Value)) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&values, |value| {
        test(value);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// What stands between the items of a file, and means nothing to us.
fn odds() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("// } é\n"),
        Just("/* { */"),
        Just("\n\n"),
        Just("\t"),
        Just("fn f() { let s = \"}\\\"\"; let c = '{'; let r = r#\"}\"#; }\n"),
        Just("#[derive(Debug)] struct S { a: [u8; 3] }\n"),
        Just("macro_rules! m { () => { impl Svc for T {} } }\n"),
        Just("impl Other for T { fn a() {} }\n"),
        Just("impl T { fn b() {} }\n"),
        Just("mod inner { use super::*; fn b() {} }\n"),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn nothing_but_the_insertion_changes() {
    let model = model(
        "rpc A(M) returns (N); rpc B(stream M) returns (stream N);",
        "",
    );
    let within = prop_oneof![
        Just(""),
        Just("// x }\n"),
        Just("fn a() {}"),
        Just("\n\n\tfn a(&self) -> u8 { 1 }\n"),
        Just("type BStream = X;")
    ];
    let values = (odds(), within, odds(), any::<bool>());
    run(200, values, |(before, within, after, crlf)| {
        let text =
            format!("{before}\nimpl api::a::v1::svc_server::Svc for Svc {{{within}\n}}\n{after}");
        let text = if crlf {
            text.replace('\n', "\r\n")
        } else {
            text
        };
        let added = inserted(&text, &model);
        assert!(!crlf || added.matches('\n').count() == added.matches("\r\n").count());
    });
}

#[test]
fn no_text_is_too_odd() {
    let model = model("rpc A(M) returns (N);", "");
    let token = prop_oneof![
        Just("impl"),
        Just(" Svc "),
        Just("for"),
        Just("{"),
        Just("}"),
        Just("("),
        Just(")"),
        Just("fn a"),
        Just(";"),
        Just("use "),
        Just("::"),
        Just("*"),
        Just("self"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("'"),
        Just("#!"),
        Just("\r"),
        Just("\u{feff}"),
        Just("é"),
        Just("mod m"),
        Just("/*"),
        Just("*/"),
        Just("r#"),
        Just("\u{0}"),
        Just("type X = "),
        Just("->"),
        Just("!"),
        Just("&"),
    ];
    let texts = proptest::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat());
    run(500, texts, |text| {
        survey_of(
            &[("svc.rs", &format!("impl Svc {text}")), ("lib.rs", &text)],
            &model,
        );
    });
    for text in [
        "(".repeat(100_000),
        "fn f() { ".to_owned() + &"!".repeat(400_000) + " x }",
        "fn f() { ".to_owned() + &"return ".repeat(100_000) + "}",
        "type T = ".to_owned() + &"&".repeat(400_000) + "u8;",
        "type T = ".to_owned() + &"[".repeat(150) + "u8" + &"]".repeat(150) + ";",
        "fn f() { ".to_owned() + &"x + ".repeat(200_000) + "x; }",
        "fn f() { ".to_owned() + &"if x {} else ".repeat(70_000) + "{} }",
        "fn f() { ".to_owned() + &"x.y().".repeat(90_000) + "z; }",
        "const X: &str = \"".to_owned() + &"x".repeat(2_000_000) + "\";",
    ] {
        survey_of(
            &[("svc.rs", &format!("impl Svc for X {{}} {text}"))],
            &model,
        );
    }
}
