//! Compares a function of the user's with what the proto asks for now.
//!
//! Only what is sure is told: a type that cannot be followed, such as an alias of the user's, counts as right.
//! rustc has the last word.

use syn::{FnArg, GenericArgument, ImplItem, ImplItemFn, PathArguments, ReturnType, Type};

use super::find::{Candidate, names};
use super::scope::{Scope, plain, split};
use crate::model::{Kind, Method};

/// What the function and its stream look like.
pub(super) struct Found<'a> {
    /// Whether the parameter is a stream; `None` if that cannot be told.
    client_streams: Option<bool>,
    /// Whether the answer is a stream.
    server_streams: Option<bool>,
    /// What the parameter carries.
    input: Option<&'a Type>,
    /// What the answer carries.
    output: Option<&'a Type>,
}

impl<'a> Found<'a> {
    /// Reads a function in its block.
    pub(super) fn read(
        candidate: &Candidate<'a>,
        function: &'a ImplItemFn,
        method: &Method,
    ) -> Self {
        let parameter = function.sig.inputs.iter().find_map(|input| match input {
            FnArg::Typed(input) => parameter_of(&input.ty, "Request"),
            FnArg::Receiver(_) => None,
        });
        let streamed = parameter.and_then(|message| parameter_of(message, "Streaming"));
        let answer = match &function.sig.output {
            ReturnType::Type(_, answer) => parameter_of(answer, "Result"),
            ReturnType::Default => None,
        };
        let answer = answer.and_then(|answer| parameter_of(answer, "Response"));
        let stream_type = format!("{}Stream", method.name);
        let stream = candidate.block.items.iter().find_map(|item| match item {
            ImplItem::Type(item) if plain(&item.ident) == stream_type => Some(&item.ty),
            _ => None,
        });
        let of_self = answer.is_some_and(|answer| match answer {
            Type::Path(path) => path
                .path
                .segments
                .first()
                .is_some_and(|first| first.ident == "Self"),
            _ => false,
        });
        let server_streams = answer.map(|_| of_self || stream.is_some());
        Self {
            client_streams: parameter.map(|_| streamed.is_some()),
            server_streams,
            input: streamed.or(parameter),
            output: match server_streams {
                Some(true) => stream.and_then(|stream| parameter_of(stream, "BoxStream")),
                Some(false) => answer,
                None => None,
            },
        }
    }

    /// What of it is not the method's any more, as `found, expected`; `None` if nothing is sure to be wrong.
    pub(super) fn differs(&self, scope: &Scope, method: &Method) -> Option<Difference> {
        let kind = self.kind();
        if let Some(kind) = kind.filter(|kind| *kind != method.kind) {
            return Some(Difference::Kind(kind));
        }
        let other = |found: Option<&Type>, expected: &str| {
            let found = found?;
            let shown = shown(found)?;
            (!is_same(scope, found, expected)).then_some(shown)
        };
        if let Some(found) = other(self.input, &method.input.rust) {
            return Some(Difference::Request(found));
        }
        other(self.output, &method.output.rust).map(Difference::Response)
    }

    /// Which sides stream, if both can be told.
    pub(super) fn kind(&self) -> Option<Kind> {
        Some(match (self.client_streams?, self.server_streams?) {
            (false, false) => Kind::Unary,
            (true, false) => Kind::ClientStreaming,
            (false, true) => Kind::ServerStreaming,
            (true, true) => Kind::Bidirectional,
        })
    }

    /// Whether the function could be the method under another name.
    pub(super) fn could_be(&self, scope: &Scope, method: &Method) -> bool {
        self.kind() == Some(method.kind)
            && self
                .input
                .is_some_and(|found| is_same(scope, found, &method.input.rust))
            && self
                .output
                .is_none_or(|found| is_same(scope, found, &method.output.rust))
    }
}

/// How a function is not the proto's; with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    Kind(Kind),
    Request(String),
    Response(String),
}

/// The first parameter of the type, if its last name is this one.
fn parameter_of<'a>(of: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else {
        return None;
    };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let types = arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    (last.ident == name).then_some(types).flatten()
}

/// A type of the model is what this one means, or might be.
fn is_same(scope: &Scope, found: &Type, expected: &str) -> bool {
    match found {
        Type::Tuple(tuple) if tuple.elems.is_empty() => expected == "()",
        Type::Path(path) if path.qself.is_none() => {
            let path = names(&path.path);
            let expected_path = split(expected);
            let meanings = scope.meanings(&path);
            let is_known = |path: &Vec<String>| {
                path.first()
                    .is_some_and(|first| first == "api" || first == "prost_types")
                    || matches!(path.as_slice(), [one] if PRIMITIVES.contains(&one.as_str()))
            };
            meanings.contains(&expected_path) || !meanings.iter().all(is_known)
        }
        _ => true,
    }
}

/// What the code generator makes of the wrapper types.
const PRIMITIVES: &[&str] = &["bool", "f32", "f64", "i32", "i64", "u32", "u64"];

/// The type as the user wrote it, if that is short to say.
fn shown(of: &Type) -> Option<String> {
    match of {
        Type::Tuple(tuple) if tuple.elems.is_empty() => Some("()".to_owned()),
        Type::Path(path) => Some(names(&path.path).join("::")),
        _ => None,
    }
}
