//! The text of a method that is not written yet: what `new` writes, and what is inserted later.

use crate::layout::{self, Site};
use crate::model::Method;

/// The parts of one function, laid out for an `impl` at the top level of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stub {
    /// The type of the stream that the method answers, with an empty line behind it; may be empty.
    pub(crate) stream: String,
    /// The proto's comment, line by line; may be empty.
    pub(crate) comment: String,
    /// Up to and with the opening brace.
    pub(crate) signature: String,
    /// The rest.
    pub(crate) body: String,
}

impl Stub {
    /// The function of `method` at `site`; `name` says how that names the type at a path.
    pub(crate) fn new(site: &Site, method: &Method, name: impl Fn(&str) -> String) -> Self {
        let (input, output) = (name(&method.input.rust), name(&method.output.rust));
        let mut docs = method.docs.clone();
        if method.deprecated {
            docs.push("Deprecated.".to_owned());
        }
        let stream = method.stream_type.as_ref();
        let stream = stream.map(|name| layout::stream_type(site, name, &output) + "\n\n");
        Self {
            stream: stream.unwrap_or_default(),
            comment: comment("    ", &docs),
            signature: layout::signature(site, method, &input, &output),
            body: format!("\n        Err({})\n    }}\n", site.unimplemented),
        }
    }
}

/// A proto comment as Rust comment lines.
///
/// Not as doc comments: rustdoc shows those of the trait in `api`, and lints on other people's prose would
/// fail the user's build.
pub(crate) fn comment(indent: &str, lines: &[String]) -> String {
    let line = |line: &String| match line.as_str() {
        "" => format!("{indent}//\n"),
        text => format!("{indent}// {text}\n"),
    };
    lines.iter().map(line).collect()
}
