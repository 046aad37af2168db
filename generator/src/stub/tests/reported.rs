//! What is told instead of done.

use super::{model, survey_of};
use crate::error::Problem;
use crate::model::Model;
use crate::stub::{State, Survey};

const USES: &str = "use api::a::v1 as pb;\nuse chassis::rpc::{self, Request, RequestExt, Response, Status, Streaming};\n";

fn of(block: &str, model: &Model) -> Survey {
    let text = format!("{USES}impl pb::svc_server::Svc for Svc {{\n{block}}}\n");
    survey_of(&[("lib.rs", "pub mod svc;\n"), ("svc.rs", &text)], model)
}

fn said(problems: &[Problem]) -> Vec<String> {
    let line = |problem: &Problem| {
        let place = problem
            .at
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let hint = problem.hint.as_deref().unwrap_or_default();
        format!(
            "{}: {} ({hint})",
            place.replace("crates/service/src/", ""),
            problem.message
        )
    };
    problems.iter().map(line).collect()
}

#[test]
fn every_method_has_a_state_and_a_place() {
    let model = model(
        "rpc A(M) returns (N); rpc B(M) returns (N); rpc C(M) returns (N);",
        "service T { rpc D(M) returns (N); }",
    );
    let survey = of(
        "    async fn a() { answer() }\n    async fn b() {\n        Err(request.unimplemented())\n    }\n",
        &model,
    );
    let states: Vec<_> = survey
        .methods
        .iter()
        .map(|method| {
            (
                method.method.as_str(),
                method.state,
                method.at.as_ref().and_then(|at| at.line),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("A", State::Written, Some(4)),
            ("B", State::Stub, Some(5)),
            ("C", State::Missing, Some(3)),
            ("D", State::Missing, None),
        ]
    );
    let inserted = survey.methods[2].inserted.as_ref();
    assert_eq!(inserted.and_then(|at| at.line), Some(9));
    assert_eq!(survey.absent, ["a.v1.T"]);
    let lib = &survey.edits["crates/service/src/lib.rs"];
    assert_eq!(String::from_utf8_lossy(lib), "pub mod svc;\npub mod t;\n");
}

#[test]
fn what_is_gone_stays_and_is_told() {
    let model = model(
        "rpc A(M) returns (N); rpc NewName(stream M) returns (stream N);",
        "",
    );
    let survey = of(
        "    async fn a() {}\n    type OldStream = rpc::BoxStream<pb::N>;\n    async fn old(&self, r: Request<Streaming<pb::M>>) \
         -> Result<Response<Self::OldStream>, Status> { x() }\n    fn other() {}\n",
        &model,
    );
    assert_eq!(
        said(&survey.gone),
        [
            "svc.rs:6: `a.v1.Svc` has no method for `old` any more (it may be `NewName` now: move what it does into `new_name`, and remove it)",
            "svc.rs:7: `a.v1.Svc` has no method for `other` any more (remove it, or move what it does to where it is needed)",
            "svc.rs:5: `a.v1.Svc` answers no stream of the type `OldStream` any more (remove it)",
        ]
    );
}

#[test]
fn a_service_that_is_gone_is_told() {
    let block = "use api::a::v1 as pb;\nimpl pb::old_server::Old for Old {}\nimpl Clone for X {}\n";
    let survey = survey_of(
        &[
            ("lib.rs", "pub mod old;\npub mod svc;\n"),
            ("old.rs", block),
        ],
        &model("", ""),
    );
    assert_eq!(
        said(&survey.gone),
        [
            "old.rs:2: no service of the protos has the trait `api::a::v1::old_server::Old` any more \
          (remove this `impl`, or move what it does to where it is needed)"
        ]
    );
}

#[test]
fn types_and_kinds_that_changed_are_told() {
    let check = |method: &str, block: &str, expected: &[&str]| {
        let survey = of(block, &model(method, ""));
        assert_eq!(said(&survey.changed), expected, "{block}");
        assert!(survey.edits.is_empty());
    };
    let a = |request: &str, response: &str| {
        format!(
            "    async fn a(&self, r: Request<{request}>) -> Result<Response<{response}>, Status> {{ x() }}\n"
        )
    };
    check("rpc A(M) returns (N);", &a("pb::M", "pb::N"), &[]);
    check("rpc A(M) returns (N);", &a("Alias", "super::N"), &[]);
    check(
        "rpc A(M) returns (N);",
        &a("pb::N", "pb::N"),
        &[
            "svc.rs:4: `A` of `a.v1.Svc` takes `a.v1.M` now, and this function `pb::N` (write `async fn a(&self, request: Request<pb::M>) -> Result<Response<pb::N>, Status>`)",
        ],
    );
    check(
        "rpc A(M) returns (M);",
        &a("pb::M", "()"),
        &[
            "svc.rs:4: `A` of `a.v1.Svc` answers `a.v1.M` now, and this function `()` (write `async fn a(&self, request: Request<pb::M>) -> Result<Response<pb::M>, Status>`)",
        ],
    );
    check(
        "rpc A(stream M) returns (stream N);",
        &a("pb::M", "pb::N"),
        &[
            "svc.rs:4: `A` of `a.v1.Svc` is bidirectional now, and this function is unary (write `type AStream = rpc::BoxStream<pb::N>;` and `async fn a(&self, request: Request<Streaming<pb::M>>) -> Result<Response<Self::AStream>, Status>`)",
        ],
    );
    let stream = |item: &str| {
        format!(
            "    type AStream = rpc::BoxStream<{item}>;\n{}",
            a("pb::M", "Self::AStream")
        )
    };
    check("rpc A(M) returns (stream N);", &stream("pb::N"), &[]);
    check(
        "rpc A(M) returns (stream N);",
        &stream("pb::M"),
        &[
            "svc.rs:5: `A` of `a.v1.Svc` answers `a.v1.N` now, and this function `pb::M` (write `type AStream = rpc::BoxStream<pb::N>;`)",
        ],
    );
    let survey = of(&stream("pb::N"), &model("rpc A(M) returns (N);", ""));
    assert!(
        said(&survey.changed)[0].contains("is unary now, and this function is server streaming")
    );
}

#[test]
fn what_is_not_sure_is_refused_with_the_text() {
    let model = model("rpc A(M) returns (N); rpc B(M) returns (N);", "");
    let check = |text: &str, expected: &str, pasted: &[&str]| {
        let files = [("lib.rs", "pub mod svc;\n"), ("svc.rs", text)];
        let survey = survey_of(&files, &model);
        assert!(survey.edits.is_empty(), "{:?}", survey.edits);
        assert_eq!(survey.refused.len(), 1, "{survey:?}");
        let refusal = &survey.refused[0];
        let said = said(std::slice::from_ref(&refusal.problem));
        assert!(said[0].starts_with(expected), "{said:?}");
        for name in ["a", "b"] {
            let has = refusal.paste.contains(&format!("async fn {name}(\n"))
                || refusal.paste.contains(&format!("async fn {name}(&self"));
            assert_eq!(has, pasted.contains(&name), "{}", refusal.paste);
        }
        let unknown = survey
            .methods
            .iter()
            .filter(|method| method.state == State::Unknown)
            .count();
        assert!(unknown > 0);
    };
    check(
        "#[cfg(a)]\nimpl api::a::v1::svc_server::Svc for Svc { fn a() {} }\n#[cfg(not(a))]\nimpl api::a::v1::svc_server::Svc for Svc { fn a() {} fn b() {} }\n",
        "svc.rs:2: `a.v1.Svc` has several `impl`s, and `B` is not in all of them: `crates/service/src/svc.rs:2`, `crates/service/src/svc.rs:4`",
        &["b"],
    );
    check(
        "impl api::a::v1::svc_server::Svc for Svc {\n    fn a() {}\n    methods!();\n}\n",
        "svc.rs:3: the `impl` of `a.v1.Svc` holds a macro call, which may be what `B` is made by",
        &["b"],
    );
    check(
        "make! { impl api::a::v1::svc_server::Svc for Svc {} }\n",
        "svc.rs: `crates/service/src/svc.rs` has no `impl` of `a.v1.Svc` that can be seen",
        &["a", "b"],
    );
    check(
        "// é\nimpl api::a::v1::svc_server::Svc for Svc {\n    fn a(\n}\n",
        "svc.rs:4:1: `crates/service/src/svc.rs` is not Rust: ",
        &["b"],
    );
    check(
        "impl Svc for X {\u{0}",
        "svc.rs:1:17: `crates/service/src/svc.rs` is not Rust",
        &["a", "b"],
    );
}

#[test]
fn a_new_handler_gets_its_line() {
    let model = model("rpc A(M) returns (N);", "");
    let check = |lib: &str, expected: &str| {
        let survey = survey_of(&[("lib.rs", lib)], &model);
        let edited = survey.edits.get("crates/service/src/lib.rs");
        let edited = edited.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert_eq!(edited.unwrap_or(lib.to_owned()), expected);
    };
    check("", "\npub mod svc;\n");
    check("//! Docs.", "//! Docs.\n\npub mod svc;\n");
    check(
        "//! Docs.\n\npub mod a; // x\npub mod z;\n",
        "//! Docs.\n\npub mod a; // x\npub mod svc;\npub mod z;\n",
    );
    check(
        "pub mod a;\r\nuse x;\r\n",
        "pub mod a;\r\npub mod svc;\r\nuse x;\r\n",
    );
    check("pub mod a;", "pub mod a;\npub mod svc;");
    check("mod svc {}\n", "mod svc {}\n");
    let survey = survey_of(&[], &model);
    assert_eq!(survey.refused[0].paste, "pub mod svc;\n");
}
