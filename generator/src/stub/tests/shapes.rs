//! Where an `impl` may stand, and how.

use super::{inserted, model, survey_of};

const USES: &str = "use api::a::v1 as pb;\nuse chassis::rpc::{self, Request, RequestExt, Response, Status, Streaming};\n";

const BYE: &str = "\n    async fn bye(&self, request: Request<pb::M>) -> Result<Response<pb::N>, Status> {\n        \
                   Err(request.unimplemented())\n    }\n";

fn check(rest: &str, expected: &str) {
    let model = model("rpc Hello(M) returns (N); rpc Bye(M) returns (N);", "");
    let (before, rest) = match rest.split_once('\n') {
        Some((line, rest)) if line.starts_with("#!") => (line, rest),
        _ => ("", rest),
    };
    let text = format!("{before}\n{USES}{rest}");
    assert_eq!(inserted(&text, &model), expected, "{text}");
}

#[test]
fn stands_at_the_end_of_the_block() {
    for rest in [
        "struct Svc;\n#[rpc::async_trait]\nimpl pb::svc_server::Svc for Svc {\n    async fn hello() { /* é ✓ } */ let x = \"}\"; }\n    // keep me }\n}\n\nfn  ugly( ){ }\n",
        "impl<D: Db> pb::svc_server::Svc for crate::Svc<D>\nwhere\n    D: Send,\n{\n    fn hello() {}\n}\n",
        "use pb::svc_server;\nimpl svc_server::Svc for X {\n    fn hello() {}\n}",
        "use pb::svc_server::Svc as Api;\nimpl Api for X {\n    fn hello() {}\n}\n",
        "use pb::svc_server::*;\nimpl Svc for Y {\n    const A: u8 = 1;\n    fn hello() {}\n}\n",
        "impl crate::pb::svc_server::Svc for X {\n    fn hello() {}\n}\n",
        "#![allow(dead_code)]\nimpl pb::svc_server::Svc for X {\n    fn hello() {}\n}\n",
        "impl pb::svc_server::Svc for X {\n    fn hello() {}\n}\n#[cfg(test)]\nmod tests { impl pb::svc_server::Svc for Fake { } }\n",
        "impl pb::svc_server::Svc for Svc {\n    fn hello() {}\n}\nimpl pb::svc_server::Svc for Other { fn hello() {} fn bye() {} }\n",
    ] {
        check(rest, BYE);
    }
}

#[test]
fn a_block_on_one_line_is_opened() {
    let model = model("rpc Bye(M) returns (N);", "");
    let bye = BYE.trim_start_matches('\n');
    for (block, expected) in [
        ("{}", format!("\n{bye}")),
        ("{ /* later */ }", format!("\n{bye}")),
        ("{\n}", bye.to_owned()),
    ] {
        let text = format!("{USES}impl pb::svc_server::Svc for Svc {block}\nfn x() {{}}\n");
        assert_eq!(inserted(&text, &model), expected);
    }
}

#[test]
fn indentation_and_line_ends_are_the_files_own() {
    let unfolded = |indent: &str, newline: &str| {
        let lines = BYE.lines().map(|line| match line.trim_start() {
            "" => newline.to_owned(),
            text => {
                let deep = (line.len() - text.len()) / 4;
                format!("{}{text}{newline}", indent.repeat(deep + 1))
            }
        });
        lines.collect::<String>()
    };
    let uses = "use super::*;\n";
    check(
        &format!(
            "mod a {{\n\t{uses}\timpl pb::svc_server::Svc for Svc {{\n\t\tfn hello() {{}}\n\t}}\n}}\n"
        ),
        &unfolded("\t", "\n"),
    );
    let model = model("rpc Hello(M) returns (N); rpc Bye(M) returns (N);", "");
    for before in [
        "",
        "\u{feff}",
        "#!/usr/bin/env run\r\n",
        "\u{feff}#!/usr/bin/env run\r\n",
    ] {
        let text = format!(
            "{before}{}// é\r\nimpl pb::svc_server::Svc for Svc {{\r\n    fn hello() {{}}\r\n    /* a\r\n b */\r\n}}\r\n",
            USES.replace('\n', "\r\n")
        );
        assert_eq!(inserted(&text, &model), BYE.replace('\n', "\r\n"));
    }
}

#[test]
fn names_are_those_that_the_file_knows() {
    let model = model("rpc Bye(stream M) returns (stream N);", "");
    let check = |uses: &str, expected: &str| {
        let text = format!("{uses}impl api::a::v1::svc_server::Svc for Svc {{\n}}\n");
        assert_eq!(inserted(&text, &model), expected);
    };
    check(
        "",
        "    type ByeStream = chassis::rpc::BoxStream<api::a::v1::N>;

    async fn bye(
        &self,
        request: chassis::rpc::Request<chassis::rpc::Streaming<api::a::v1::M>>,
    ) -> Result<chassis::rpc::Response<Self::ByeStream>, chassis::rpc::Status> {
        Err(chassis::rpc::RequestExt::unimplemented(&request))
    }
",
    );
    check(
        "use anyhow::Result;\nuse api::a::v1::{M as Ask, N};\nuse chassis::rpc::{Request, RequestExt as _, *};\n",
        "    type ByeStream = BoxStream<N>;

    async fn bye(
        &self,
        request: Request<Streaming<Ask>>,
    ) -> std::result::Result<Response<Self::ByeStream>, Status> {
        Err(request.unimplemented())
    }
",
    );
}

/// A service of the same name in another package, in one file.
#[test]
fn services_alike_are_told_apart() {
    let mut model = model("rpc Bye(M) returns (N);", "");
    let mut other = model.services[0].clone();
    other.package = "b.v1".to_owned();
    other.rust.package = "api::b::v1".to_owned();
    model.services.push(other);
    let text = "use api::a::v1 as a;\nuse api::b::v1 as b;\nimpl a::svc_server::Svc for A {\n}\nimpl b::svc_server::Svc for B {\n}\n";
    let survey = survey_of(&[("lib.rs", ""), ("x/y.rs", text)], &model);
    let edited = String::from_utf8_lossy(&survey.edits["crates/service/src/x/y.rs"]).into_owned();
    assert_eq!(edited.matches("async fn bye(").count(), 2);
    let (a, b) = edited.split_once("for B").expect("both");
    assert!(
        a.contains("for A {\n    async fn") && b.starts_with(" {\n    async fn"),
        "{edited}"
    );
    let lines: Vec<_> = survey
        .methods
        .iter()
        .map(|method| method.inserted.as_ref().and_then(|at| at.line))
        .collect();
    for line in lines {
        let line = edited
            .lines()
            .nth(line.expect("a line") as usize - 1)
            .expect("there");
        assert!(line.contains("fn bye"), "{line}");
    }
}
