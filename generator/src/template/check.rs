//! Finds what is wrong with a template before anything is rendered of it, for any choice of features.

use super::{COMPOSITION, MANIFEST};
use crate::error::{Error, Problem, Result};
use crate::feature::{Manifest, lies_in};
use crate::render;
use crate::tree::Tree;

/// Fails with every mistake: in the manifest, in a composition file, and every path of the manifest that names
/// nothing.
pub fn check(template: &Tree) -> Result<()> {
    let manifest = Manifest::read(template)?;
    let mut problems = nowhere(template, &manifest);
    problems.extend(render::check(template));
    Error::check(problems)
}

/// The paths of the manifest that neither file nor folder has.
fn nowhere(template: &Tree, manifest: &Manifest) -> Vec<Problem> {
    let text = template
        .0
        .get(MANIFEST)
        .map(|bytes| String::from_utf8_lossy(bytes));
    let text = text.unwrap_or_default();
    let features = manifest.features.iter().flat_map(|feature| &feature.paths);
    let needed = manifest.needed.values().flatten();
    let owners = manifest.yours.iter().chain(&manifest.tool);
    let paths = features
        .chain(needed)
        .chain(&manifest.sample)
        .chain(&manifest.ignored)
        .chain(owners);
    let exists = |path: &str| {
        let name = |file: &str| file.strip_suffix(COMPOSITION).unwrap_or(file).to_owned();
        template.0.keys().any(|file| lies_in(&name(file), path))
    };
    let stub = (!template.0.contains_key(&manifest.stub)).then_some(&manifest.stub);
    let missing = paths.filter(|path| !exists(path)).chain(stub);
    let problem = |path: &String| {
        let line = text
            .lines()
            .position(|line| line.contains(&format!("\"{path}\"")));
        let line = line.and_then(|line| u32::try_from(line + 1).ok());
        Problem::new(format!(
            "`{path}` is neither a file nor a folder of the template"
        ))
        .at(format!("template/{MANIFEST}"), line, None)
        .hint("drop it, or add the file")
    };
    let mut problems: Vec<_> = missing.map(problem).collect();
    problems.dedup();
    problems
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::template::embedded;

    fn said(change: impl Fn(&mut Tree)) -> String {
        let mut template = embedded();
        change(&mut template);
        check(&template).expect_err("it is wrong").to_string()
    }

    fn write(template: &mut Tree, path: &str, text: &str) {
        template
            .0
            .insert(path.to_owned(), Cow::Owned(text.as_bytes().to_vec()));
    }

    #[test]
    fn ours_is_right() {
        check(&embedded()).unwrap_or_else(|error| panic!("{error}"));
    }

    #[test]
    fn mistakes_have_a_line() {
        let broken = said(|template| write(template, "x.md.liquid", "a\n{% if x %}\n"));
        assert!(broken.contains("--> template/x.md.liquid:"), "{broken}");
        let gone = said(|template| {
            template.0.remove("crates/chassis/src/reflection.rs");
        });
        assert!(
            gone.contains("`crates/chassis/src/reflection.rs` is neither"),
            "{gone}"
        );
        assert!(gone.contains("template/cargo-generate.toml:"), "{gone}");
        let manifest = said(|template| write(template, MANIFEST, "[template\n"));
        assert!(
            manifest.contains("template/cargo-generate.toml:1"),
            "{manifest}"
        );
        let stub = said(|template| {
            template.0.remove("stub/service.rs.liquid");
        });
        assert!(
            stub.contains("`stub/service.rs.liquid` is neither"),
            "{stub}"
        );
    }
}
