//! What the user is told: a function that is not the proto's any more, and why.

use syn::{ImplItem, ImplItemFn};

use super::find::Candidate;
use super::scope::plain;
use super::signature::{Difference, Found};
use super::site;
use super::survey::is_named;
use super::text::Stub;
use crate::error::Problem;
use crate::model::{Method, Model, Service};

/// What is in the `impl`, but not in the proto.
pub(super) fn gone(
    candidate: &Candidate<'_>,
    service: &Service,
    functions: &[&ImplItemFn],
    missing: &[&Method],
) -> Vec<Problem> {
    let mut gone = Vec::new();
    let is_known = |function: &&&ImplItemFn| {
        let is_it = |method: &Method| is_named(function, &method.function);
        service.methods.iter().any(is_it)
    };
    let unknown: Vec<_> = functions
        .iter()
        .filter(|function| !is_known(function))
        .collect();
    let could_be = |function: &ImplItemFn, method: &Method| {
        let found = Found::read(candidate, function, method);
        found.could_be(&candidate.scope, method)
    };
    for function in &unknown {
        let name = plain(&function.sig.ident);
        let line = candidate.source.line(function.sig.fn_token.span);
        // A guess is one only if there is no other, either way.
        let mut renamed = missing.iter().filter(|method| could_be(function, method));
        let is_only = |method: &&Method| {
            unknown
                .iter()
                .filter(|function| could_be(function, method))
                .count()
                == 1
        };
        let hint = match (
            renamed.next().filter(|method| is_only(method)),
            renamed.next(),
        ) {
            (Some(method), None) => format!(
                "it may be `{}` now: move what it does into `{}`, and remove it",
                method.name, method.function
            ),
            _ => "remove it, or move what it does to where it is needed".to_owned(),
        };
        let message = format!(
            "`{}` has no method for `{name}` any more",
            service.full_name()
        );
        gone.push(
            Problem::new(message)
                .at(candidate.source.path, line, None)
                .hint(hint),
        );
    }
    for item in &candidate.block.items {
        let ImplItem::Type(item) = item else {
            continue;
        };
        let name = plain(&item.ident);
        let is_known = |method: &Method| method.stream_type.as_ref() == Some(&name);
        if !service.methods.iter().any(is_known) {
            let line = candidate.source.line(item.type_token.span);
            let message = format!(
                "`{}` answers no stream of the type `{name}` any more",
                service.full_name()
            );
            let problem = Problem::new(message).at(candidate.source.path, line, None);
            gone.push(problem.hint("remove it"));
        }
    }
    gone
}

/// A handler of a service that the proto does not have any more.
pub(super) fn unserved(candidate: &Candidate<'_>, model: &Model) -> Option<Problem> {
    let mut traits = candidate
        .meanings
        .iter()
        .filter(|path| match path.as_slice() {
            [first, .., module, _] => first == "api" && module.ends_with("_server"),
            _ => false,
        });
    let path = traits.next()?;
    let is_served = model
        .services
        .iter()
        .any(|service| candidate.matches(service).is_some());
    (!is_served).then(|| {
        let message = format!(
            "no service of the protos has the trait `{}` any more",
            path.join("::")
        );
        Problem::new(message)
            .at(candidate.source.path, candidate.line(), None)
            .hint("remove this `impl`, or move what it does to where it is needed")
    })
}

/// A function that is not what the proto asks for any more.
pub(super) fn changed(
    candidate: &Candidate<'_>,
    service: &Service,
    method: &Method,
    line: u32,
    difference: &Difference,
) -> Problem {
    let site = site::site(candidate, 0);
    let stub = Stub::new(&site, method, |path| site::message(&candidate.scope, path));
    let (stream, signature) = (one_line(&stub.stream), one_line(&stub.signature));
    let signature = signature.trim_end_matches('{').trim_end();
    let name = format!("`{}` of `{}`", method.name, service.full_name());
    let (input, output) = (&method.input.proto, &method.output.proto);
    let (message, hint) = match difference {
        Difference::Kind(found) => (
            format!(
                "{name} is {} now, and this function is {found}",
                method.kind
            ),
            match stream.is_empty() {
                true => format!("write `{signature}`"),
                false => format!("write `{stream}` and `{signature}`"),
            },
        ),
        Difference::Request(found) => (
            format!("{name} takes `{input}` now, and this function `{found}`"),
            format!("write `{signature}`"),
        ),
        Difference::Response(found) => (
            format!("{name} answers `{output}` now, and this function `{found}`"),
            match stream.is_empty() {
                true => format!("write `{signature}`"),
                false => format!("write `{stream}`"),
            },
        ),
    };
    Problem::new(message)
        .at(candidate.source.path, line, None)
        .hint(hint)
}

/// Code without its line breaks.
fn one_line(code: &str) -> String {
    let joined = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let joined = joined
        .replace("( ", "(")
        .replace(", )", ")")
        .replace(",)", ")");
    joined
        .replace("< ", "<")
        .replace(", >", ">")
        .replace(" >", ">")
}

/// ``` `A` is ```, ``` `A` and `B` are ```.
pub(super) fn listed(methods: &[&Method], one: &str, many: &str) -> String {
    let names: Vec<_> = methods
        .iter()
        .map(|method| format!("`{}`", method.name))
        .collect();
    match names.as_slice() {
        [only] => format!("{only} {one}"),
        [first @ .., last] => format!("{} and {last} {many}", first.join(", ")),
        [] => String::new(),
    }
}
