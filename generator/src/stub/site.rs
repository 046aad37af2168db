//! How a stub has to name things where it will stand, and its text there.

use syn::ImplItem;

use super::find::Candidate;
use super::insert;
use super::scope::{Scope, plain, split};
use super::text::Stub;
use crate::layout::Site;
use crate::model::Method;

/// The site of an `impl`, whose items are indented by `margin` more columns than at the top of a file.
pub(super) fn site(candidate: &Candidate<'_>, margin: usize) -> Site {
    let scope = &candidate.scope;
    let rpc = |name: &str| scope.name(&split(&format!("chassis::rpc::{name}")));
    let unimplemented = match scope.has(&split("chassis::rpc::RequestExt")) {
        true => "request.unimplemented()".to_owned(),
        false => format!("{}::unimplemented(&request)", rpc("RequestExt")),
    };
    // Somebody's own `Result` may have one parameter.
    let result = match scope.says("Result") {
        true => "std::result::Result".to_owned(),
        false => "Result".to_owned(),
    };
    Site {
        result,
        request: rpc("Request"),
        response: rpc("Response"),
        status: rpc("Status"),
        streaming: rpc("Streaming"),
        stream: rpc("BoxStream"),
        unimplemented,
        margin,
    }
}

/// A type of a signature, by its path in the model, as the file names it.
pub(super) fn message(scope: &Scope, path: &str) -> String {
    match path.starts_with("api::") {
        true => scope.name(&split(path)),
        // `()`, `bool` and what comes from other crates.
        false => path.to_owned(),
    }
}

/// The missing parts of a method, laid out for the place where they will stand.
pub(super) fn stub(candidate: &Candidate<'_>, method: &Method) -> String {
    let margin = insert::columns(&insert::indent(candidate)).saturating_sub(4);
    let site = site(candidate, margin);
    let mut stub = Stub::new(&site, method, |path| message(&candidate.scope, path));
    let has_stream = candidate.block.items.iter().any(|item| match item {
        ImplItem::Type(item) => method
            .stream_type
            .as_ref()
            .is_some_and(|name| plain(&item.ident) == *name),
        _ => false,
    });
    if has_stream {
        stub.stream.clear();
    }
    text(&stub)
}

pub(super) fn text(stub: &Stub) -> String {
    [
        stub.stream.as_str(),
        &stub.comment,
        &stub.signature,
        &stub.body,
    ]
    .concat()
}
