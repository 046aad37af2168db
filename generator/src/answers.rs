//! What the user asked for: the content of `protosmith.toml`.

use heck::ToKebabCase as _;

use crate::deploy::Deploy;
use crate::error::{Problem, Result};
use crate::feature::Selection;
use crate::keyword::is_keyword;

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct Answers {
    /// The project's name, and the start of its packages' names; see [`name`].
    pub name: String,
    /// The optional parts.
    pub features: Selection,
    /// Whether the sample service stands in for protos of the user's.
    pub sample: bool,
    /// Where and how large it runs.
    pub deploy: Deploy,
}

/// The longest name: packages add an ending, and image registries and Kubernetes stop at 63.
const LONGEST_NAME: usize = 50;

/// Names that cargo or the systems it runs on keep for themselves.
const RESERVED: &[&str] = &[
    "aux",
    "build",
    "con",
    "core",
    "deps",
    "examples",
    "incremental",
    "nul",
    "prn",
    "std",
    "test",
    "alloc",
    "proc-macro",
];

/// The name of a project made of `text`, in kebab case as `cargo generate` does it: `MyShop` gives `my-shop`.
///
/// It names packages, a binary, an image and Kubernetes objects: lower-case ASCII letters, digits and
/// hyphens, a letter first, at most 50 characters.
pub fn name(text: &str) -> Result<String> {
    let name = text.to_kebab_case();
    let refuse = |why: String| {
        Err(Problem::new(why)
            .hint("choose another with `--name`, such as `--name greeter`")
            .into())
    };
    if let Some(bad) = text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
    {
        return refuse(format!(
            "`{text}` is no name for a project: `{bad}` cannot be in the name of a crate"
        ));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return refuse(format!(
            "`{text}` is no name for a project: it must start with a letter"
        ));
    }
    if name.len() > LONGEST_NAME {
        return refuse(format!(
            "`{text}` is no name for a project: it is longer than {LONGEST_NAME} characters"
        ));
    }
    let keyword = is_keyword(&name);
    if keyword || RESERVED.contains(&name.as_str()) {
        let what = if keyword {
            "a Rust keyword"
        } else {
            "a name that cargo keeps for itself"
        };
        return refuse(format!("`{text}` is no name for a project: it is {what}"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: std::result::Result<&str, &str>) {
        match (name(text), expected) {
            (Ok(name), Ok(expected)) => assert_eq!(name, expected),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (got, _) => panic!("`{text}` gave {got:?}"),
        }
    }

    #[test]
    fn names_are_kebab_case() {
        check("greeter", Ok("greeter"));
        check("MyShop", Ok("my-shop"));
        check("my_shop2", Ok("my-shop2"));
    }

    #[test]
    fn what_no_crate_can_be_called_is_refused() {
        check("", Err("must start with a letter"));
        check("3d", Err("must start with a letter"));
        check("a b", Err("` ` cannot be"));
        check("caf\u{e9}", Err("cannot be in the name of a crate"));
        check("match", Err("a Rust keyword"));
        check("test", Err("cargo keeps for itself"));
        check(&"x".repeat(51), Err("longer than 50"));
    }
}
