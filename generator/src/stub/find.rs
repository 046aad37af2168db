//! Looks for the `impl` of each service, wherever in the crate it lies.

use syn::{Attribute, Item, ItemImpl, Type};

use super::scope::{Path, Scope, plain, split};
use super::source::Source;
use crate::model::Service;

/// An `impl` of some trait that may be a service's.
pub(super) struct Candidate<'a> {
    /// Its file.
    pub(super) source: &'a Source<'a>,
    /// The names of the module that it stands in.
    pub(super) scope: Scope,
    /// The block.
    pub(super) block: &'a ItemImpl,
    /// Everything that the trait's path may mean.
    pub(super) meanings: Vec<Path>,
    /// The last name of the type, if that has one.
    handler: Option<String>,
}

/// How sure it is that a candidate is of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// The path ends like the service's, and what it starts with is not known.
    Likely,
    /// The path is the service's.
    Sure,
}

/// Every `impl` of a trait in a file, but for those that only tests see.
pub(super) fn candidates<'a>(source: &'a Source<'a>) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    collect(source, &source.file.items, None, &mut found);
    found
}

fn collect<'a>(
    source: &'a Source<'a>,
    items: &'a [Item],
    above: Option<&Scope>,
    found: &mut Vec<Candidate<'a>>,
) {
    let scope = Scope::new(items, above);
    for item in items {
        match item {
            Item::Impl(block) if !is_test(&block.attrs) => {
                let Some((path, _)) = &block.trait_ else {
                    continue;
                };
                let path: Path = names(path);
                found.push(Candidate {
                    source,
                    meanings: scope.meanings(&path),
                    handler: last_name(&block.self_ty),
                    block,
                    scope: scope.clone(),
                });
            }
            Item::Mod(module) if !is_test(&module.attrs) => {
                if let Some((_, items)) = &module.content {
                    collect(source, items, Some(&scope), found);
                }
            }
            _ => {}
        }
    }
}

impl Candidate<'_> {
    /// Whether this is an `impl` of the service's trait.
    pub(super) fn matches(&self, service: &Service) -> Option<Match> {
        let names = &service.rust;
        let tail = [
            names.server_module.trim_start_matches("r#").to_owned(),
            names.trait_name.trim_start_matches("r#").to_owned(),
        ];
        let full = [split(&names.package), tail.to_vec()].concat();
        if self.meanings.contains(&full) {
            return Some(Match::Sure);
        }
        let is_likely = |path: &Path| {
            let is_elsewhere = path.first().is_some_and(|first| first == "api");
            !is_elsewhere
                && match path.as_slice() {
                    [only] => *only == tail[1] && !self.scope.says(only),
                    path => path.ends_with(&tail),
                }
        };
        self.meanings.iter().any(is_likely).then_some(Match::Likely)
    }

    /// Whether the type has the name that `new` gives it.
    pub(super) fn is_of(&self, handler: &str) -> bool {
        self.handler.as_deref() == Some(handler)
    }

    /// The line of the block.
    pub(super) fn line(&self) -> u32 {
        self.source.line(self.block.impl_token.span)
    }
}

/// The names of a path, without parameters.
pub(super) fn names(path: &syn::Path) -> Path {
    path.segments
        .iter()
        .map(|segment| plain(&segment.ident))
        .collect()
}

fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(of) => of.path.segments.last().map(|segment| plain(&segment.ident)),
        _ => None,
    }
}

/// Whether `#[cfg(test)]` is among them.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let argument = attribute
            .path()
            .is_ident("cfg")
            .then(|| attribute.parse_args::<syn::Path>());
        argument.is_some_and(|path| path.is_ok_and(|path| path.is_ident("test")))
    })
}
