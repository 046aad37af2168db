//! Lays out the lines of a handler whose width depends on names, exactly as rustfmt does.
//!
//! In: names as the code generator gives them. Out: finished lines, indented for an `impl` block at
//! the top level of a file. rustfmt itself is not called: it may not be installed, and starting it takes
//! longer than all the rest of `protosmith new`. `tests/suite/formatted.rs` holds every width
//! against the real one.

use crate::model::Method;

/// rustfmt's `max_width`.
const WIDTH: usize = 100;

/// How wide `) -> Result<…>` may be for its brace to follow, and to stand on a line of its own; beyond
/// that the type is broken. rustfmt measures these with offsets of its own, and counts a margin twice in the first: found
/// by trying.
const BRACE_FITS: usize = 94;
const BRACE_WRAPS: usize = 102;

/// Where a function will stand: what it is made of is named as its file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// `Result`.
    pub(crate) result: String,
    /// `Request`, of one parameter.
    pub(crate) request: String,
    /// `Response`, of one parameter.
    pub(crate) response: String,
    /// `Status`.
    pub(crate) status: String,
    /// `Streaming`, of one parameter.
    pub(crate) streaming: String,
    /// `rpc::BoxStream`, of one parameter.
    pub(crate) stream: String,
    /// What the body answers: `request.unimplemented()`.
    pub(crate) unimplemented: String,
    /// The columns by which the `impl` is indented.
    pub(crate) margin: usize,
}

/// The file that `new` writes.
impl Default for Site {
    fn default() -> Self {
        Self {
            result: "Result".to_owned(),
            request: "Request".to_owned(),
            response: "Response".to_owned(),
            status: "Status".to_owned(),
            streaming: "Streaming".to_owned(),
            stream: "rpc::BoxStream".to_owned(),
            unimplemented: "request.unimplemented()".to_owned(),
            margin: 0,
        }
    }
}

/// The header of `impl trait_path for handler`, with its opening brace.
pub(crate) fn impl_header(trait_path: &str, handler: &str) -> String {
    let one_line = format!("impl {trait_path} for {handler} {{");
    if fits(&one_line) {
        return one_line;
    }
    let (first, second) = (format!("impl {trait_path}"), format!("    for {handler}"));
    if fits(&first) && fits(&second) {
        return format!("{first}\n{second}\n{{");
    }
    // One column is won by a line of its own.
    let path = format!("    {trait_path}");
    if fits(&path) && fits(&second) {
        return format!("impl\n{path}\n{second}\n{{");
    }
    // Beyond that rustfmt leaves the line as it is.
    one_line
}

/// The whole `impl` of a trait without methods.
pub(crate) fn empty_impl(trait_path: &str, handler: &str) -> String {
    let header = impl_header(trait_path, handler);
    let end = if header.ends_with("\n{") { "\n}" } else { "}" };
    header + end
}

/// The associated type of a streaming response: `type WatchStream = rpc::BoxStream<T>;`.
pub(crate) fn stream_type(site: &Site, name: &str, item: &str) -> String {
    let (stream, fits) = (&site.stream, |line: &str| site.fits(line));
    let one_line = format!("    type {name} = {stream}<{item}>;");
    if fits(&one_line) {
        return one_line;
    }
    let start = format!("    type {name} =");
    let rest = format!("        {stream}<{item}>;");
    if fits(&rest) {
        return format!("{start}\n{rest}");
    }
    let (open, item_line) = (format!("{start} {stream}<"), format!("        {item},"));
    if fits(&open) && fits(&item_line) {
        return format!("{open}\n{item_line}\n    >;");
    }
    let item_line = format!("            {item},");
    if fits(&item_line) {
        return format!("{start}\n        {stream}<\n{item_line}\n        >;");
    }
    one_line
}

/// The signature of a method's function, up to and with its opening brace.
///
/// `input` and `output` are the message types as the file names them.
pub(crate) fn signature(site: &Site, method: &Method, input: &str, output: &str) -> String {
    let message = Type::Name(input);
    let streaming = Type::Of(&site.streaming, &message);
    let request = Type::Of(
        &site.request,
        if method.kind.client_streams() {
            &streaming
        } else {
            &message
        },
    );
    let stream = method
        .stream_type
        .as_ref()
        .map(|name| format!("Self::{name}"));
    let response = Type::Name(stream.as_deref().unwrap_or(output));
    let response = Type::Of(&site.response, &response);
    let function = &method.function;

    let one_line = format!(
        "    async fn {function}(&self, request: {}) -> {}<{}, {}> {{",
        request.flat(),
        site.result,
        response.flat(),
        site.status
    );
    if site.fits(&one_line) {
        return one_line;
    }
    let parameter = request
        .laid_out(site, 8, "request: ", ",")
        .unwrap_or_else(|kept| kept);
    let result = match result(site, &response) {
        Ok(result) => result,
        // rustfmt gives up on the whole signature and glues the brace to whatever stands there.
        Err(flat) => format!("    ) -> {flat}{{"),
    };
    format!("    async fn {function}(\n        &self,\n{parameter}\n{result}")
}

/// The lines from the closing parenthesis to the opening brace; `Err` is the flat type that no
/// layout fits.
fn result(site: &Site, response: &Type<'_>) -> Result<String, String> {
    let Site { result, status, .. } = site;
    let flat = format!("{result}<{}, {status}>", response.flat());
    let line = format!("    ) -> {flat}");
    if site.width(&line) + site.margin <= BRACE_FITS {
        return Ok(format!("{line} {{"));
    }
    if site.width(&line) <= BRACE_WRAPS {
        return Ok(format!("{line}\n    {{"));
    }
    match response.laid_out(site, 8, "", ",") {
        Ok(response) => Ok(format!(
            "    ) -> {result}<\n{response}\n        {status},\n    > {{"
        )),
        Err(_) => Err(flat),
    }
}

/// A type with at most one parameter.
enum Type<'a> {
    Name(&'a str),
    Of(&'a str, &'a Type<'a>),
}

impl Type<'_> {
    fn flat(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Of(outer, inner) => format!("{outer}<{}>", inner.flat()),
        }
    }

    /// The type between `before` and `after`, indented, broken where it does not fit; `Err` is the
    /// one line that stays as it is where no layout fits.
    fn laid_out(
        &self,
        site: &Site,
        indent: usize,
        before: &str,
        after: &str,
    ) -> Result<String, String> {
        let blank = " ".repeat(indent);
        let one_line = format!("{blank}{before}{}{after}", self.flat());
        if site.fits(&one_line) {
            return Ok(one_line);
        }
        match self {
            Self::Name(_) => Err(one_line),
            Self::Of(outer, inner) => match inner.laid_out(site, indent + 4, "", ",") {
                Ok(inner) => Ok(format!("{blank}{before}{outer}<\n{inner}\n{blank}>{after}")),
                Err(_) => Err(one_line),
            },
        }
    }
}

impl Site {
    fn fits(&self, line: &str) -> bool {
        self.width(line) <= WIDTH
    }

    fn width(&self, line: &str) -> usize {
        self.margin + width(line)
    }
}

fn fits(line: &str) -> bool {
    width(line) <= WIDTH
}

/// rustfmt counts characters; every name here is ASCII, as the proto grammar demands.
fn width(line: &str) -> usize {
    line.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Idempotency, Kind, Message, Policy};

    fn method(function: &str, kind: Kind, stream: Option<&str>) -> Method {
        let message = Message {
            proto: String::new(),
            rust: String::new(),
        };
        Method {
            name: String::new(),
            kind,
            docs: Vec::new(),
            deprecated: false,
            line: 1,
            function: function.to_owned(),
            stream_type: stream.map(str::to_owned),
            input: message.clone(),
            output: message,
            policy: Policy::default(),
            idempotency: Idempotency::default(),
        }
    }

    #[test]
    fn short_names_stay_on_one_line() {
        assert_eq!(
            signature(
                &Site::default(),
                &method("get", Kind::Unary, None),
                "pb::A",
                "pb::B"
            ),
            "    async fn get(&self, request: Request<pb::A>) -> Result<Response<pb::B>, Status> {"
        );
        assert_eq!(
            impl_header("pb::a_server::A", "A"),
            "impl pb::a_server::A for A {"
        );
        assert_eq!(
            stream_type(&Site::default(), "WatchStream", "pb::B"),
            "    type WatchStream = rpc::BoxStream<pb::B>;"
        );
    }

    /// Every width up to and beyond what rustfmt can lay out, held against rustfmt itself.
    #[test]
    fn agrees_with_rustfmt_for_every_width() {
        let mut source = String::new();
        let name = |letter: &str, n: usize| letter.repeat(n);
        for n in 1..=130 {
            for (t, u, h) in [(n, n, n), (n, n, 5), (n, n + 1, 5), (5, 5, n)] {
                let trait_path = format!("pb::{}_server::{}", name("t", t), name("T", u));
                let header = impl_header(&trait_path, &name("H", h));
                source += &format!("{header}\n    fn f() {{}}\n}}\n\n");
                source += &format!("{}\n\n", empty_impl(&trait_path, &name("H", h)));
            }
            for (f, i, o) in [
                (n, 5, 5),
                (5, n, 5),
                (5, 5, n),
                (n, n, n),
                (40, n, 40),
                (40, 70, n),
                (n, 100, 100),
            ] {
                let (input, output) = (
                    format!("pb::{}", name("I", i)),
                    format!("pb::{}", name("O", o)),
                );
                let stream = format!("{}Stream", name("S", f));
                source += "impl A for B {\n";
                source += &stream_type(&Site::default(), &stream, &output);
                source += "\n";
                for (kind, stream) in [
                    (Kind::Unary, None),
                    (Kind::ClientStreaming, None),
                    (Kind::ServerStreaming, Some(stream.as_str())),
                    (Kind::Bidirectional, Some(stream.as_str())),
                ] {
                    let method = method(&name("f", f), kind, stream);
                    source += "\n";
                    source += &signature(&Site::default(), &method, &input, &output);
                    source += "\n        Err(request.unimplemented())\n    }\n";
                }
                source += "}\n\n";
            }
        }
        let source = format!("{}\n", source.trim_end());
        crate::rustfmt::assert_clean(&source);
    }
}
