//! What the names in a module of the user's mean, as far as its `use` lines tell.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, UseTree};

/// A path, a name each, without `r#`.
pub(super) type Path = Vec<String>;

/// How many `use` lines a name may lead through; a circle of them ends here.
const STEPS: usize = 8;

/// The names of one module.
#[derive(Debug, Default, Clone)]
pub(super) struct Scope {
    /// What is imported under a name; `_` is not among them.
    names: BTreeMap<String, Path>,
    /// What is imported as `_`.
    unnamed: Vec<Path>,
    /// Modules of which everything is imported.
    globs: Vec<Path>,
    /// What the module itself defines.
    own: BTreeSet<String>,
}

impl Scope {
    /// The names of a module with these items, inside another.
    pub(super) fn new(items: &[Item], above: Option<&Self>) -> Self {
        let mut scope = Self::default();
        for item in items {
            if let Item::Use(item) = item {
                scope.import(&item.tree, &mut Vec::new());
            }
            scope.own.extend(defined(item));
        }
        // Private imports are seen from below, through `use super::*`.
        let is_super =
            |path: &Path| path.len() == 1 && path.first().is_some_and(|name| name == "super");
        if let Some(above) = above.filter(|_| scope.globs.iter().any(is_super)) {
            for (name, path) in &above.names {
                scope
                    .names
                    .entry(name.clone())
                    .or_insert_with(|| path.clone());
            }
            scope.unnamed.extend(above.unnamed.iter().cloned());
            scope.globs.extend(above.globs.iter().cloned());
            let shadowed = |name: &&String| !scope.names.contains_key(*name);
            let own: Vec<_> = above.own.iter().filter(shadowed).cloned().collect();
            scope.own.extend(own);
        }
        scope
    }

    fn import(&mut self, tree: &UseTree, before: &mut Path) {
        let full = |before: &Path, name: &str| {
            let mut path = before.clone();
            if name != "self" {
                path.push(name.to_owned());
            }
            path
        };
        match tree {
            UseTree::Path(tree) => {
                before.push(plain(&tree.ident));
                self.import(&tree.tree, before);
                before.pop();
            }
            UseTree::Name(tree) => {
                let path = full(before, &plain(&tree.ident));
                if let Some(name) = path.last() {
                    self.names.insert(name.clone(), path);
                }
            }
            UseTree::Rename(tree) => {
                let path = full(before, &plain(&tree.ident));
                match plain(&tree.rename).as_str() {
                    "_" => self.unnamed.push(path),
                    name => drop(self.names.insert(name.to_owned(), path)),
                }
            }
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before);
                }
            }
        }
    }

    /// Everything that a path may mean, in full; the path itself if nothing is known of it.
    pub(super) fn meanings(&self, path: &[String]) -> Vec<Path> {
        let mut path = path.to_vec();
        let mut is_imported = false;
        for _ in 0..STEPS {
            let Some(target) = path.first().and_then(|first| self.names.get(first)) else {
                break;
            };
            let longer = [target.as_slice(), path.get(1..).unwrap_or_default()].concat();
            if longer == path {
                break;
            }
            is_imported = true;
            path = longer;
        }
        let first = path.first().cloned().unwrap_or_default();
        let is_known = is_imported || is_relative(&first) || is_crate(&first);
        if is_known || self.own.contains(&first) {
            return vec![path];
        }
        let globs = self.globs.iter().flat_map(|glob| {
            let modules = match glob.first() {
                Some(first) if self.names.contains_key(first) => self.meanings(glob),
                _ => vec![glob.clone()],
            };
            modules
                .into_iter()
                .map(|module| [module, path.clone()].concat())
        });
        let meanings: Vec<Path> = globs
            .filter(|path| path.first().is_some_and(|first| is_crate(first)))
            .collect();
        if meanings.is_empty() {
            vec![path]
        } else {
            meanings
        }
    }

    /// The shortest way to say a full path here, as Rust writes it.
    pub(super) fn name(&self, full: &[String]) -> String {
        let by_name = self.names.keys().filter_map(|name| {
            let target = self
                .meanings(std::slice::from_ref(name))
                .into_iter()
                .next()?;
            let rest = full.strip_prefix(target.as_slice())?;
            Some([std::slice::from_ref(name), rest].concat())
        });
        let by_glob = self.globs.iter().filter_map(|glob| {
            let module = self.meanings(glob).into_iter().next()?;
            let rest = full.strip_prefix(module.as_slice())?;
            let first = rest.first()?;
            let hidden = self.own.contains(first) || self.names.contains_key(first);
            (!hidden).then(|| rest.to_vec())
        });
        let shortest = by_name.chain(by_glob).min_by_key(Vec::len);
        let is_hidden = |name: &String| self.own.contains(name) || self.names.contains_key(name);
        match shortest {
            Some(path) => written(&path),
            None if full.first().is_some_and(is_hidden) => format!("::{}", written(full)),
            None => written(full),
        }
    }

    /// Whether something stands for this full path here, if only as `_`.
    pub(super) fn has(&self, full: &[String]) -> bool {
        let named = self.names.values().chain(&self.unnamed);
        let mut named = named.flat_map(|path| self.meanings(path));
        let of_glob = |glob: &Path| {
            self.meanings(glob).iter().any(|module| {
                full.strip_prefix(module.as_slice())
                    .is_some_and(|rest| rest.len() == 1)
            })
        };
        named.any(|path| path == full) || self.globs.iter().any(of_glob)
    }

    /// Whether the name means something that this module says, and not the prelude.
    pub(super) fn says(&self, name: &str) -> bool {
        self.own.contains(name) || self.names.contains_key(name)
    }
}

/// A name without `r#`.
pub(super) fn plain(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// A path as the model writes it, name by name.
pub(super) fn split(path: &str) -> Path {
    let names = path.trim_start_matches("::").split("::");
    names
        .map(|name| name.trim_start_matches("r#").to_owned())
        .collect()
}

/// Crates whose paths are known in full.
fn is_crate(name: &str) -> bool {
    ["api", "chassis", "prost_types"].contains(&name)
}

/// Names that a path may start with, and nothing can be called.
fn is_relative(name: &str) -> bool {
    ["self", "super", "crate", "Self"].contains(&name)
}

/// A path with `r#` where it is needed.
fn written(path: &[String]) -> String {
    let word = |name: &String| match crate::keyword::is_keyword(name) && !is_relative(name) {
        true => format!("r#{name}"),
        false => name.clone(),
    };
    path.iter().map(word).collect::<Vec<_>>().join("::")
}

/// The name that an item brings into its module.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Enum(item) => &item.ident,
        Item::Mod(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(plain(ident))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::new(&syn::parse_file(text).expect("it is Rust").items, None)
    }

    #[test]
    fn names_lead_to_full_paths() {
        let scope = scope(
            "use api::a::r#type as pb; use pb::x_server::X as Api; use chassis::rpc::{self, Status}; \
             use api::glob::*; use super::other; struct Own; use loop_a as loop_b; use loop_b as loop_a;",
        );
        for (path, full) in [
            ("Api", "api::a::type::x_server::X"),
            ("pb::M", "api::a::type::M"),
            ("rpc::BoxStream", "chassis::rpc::BoxStream"),
            ("Unheard", "api::glob::Unheard"),
            ("Own", "Own"),
            ("other::M", "super::other::M"),
            ("api::b::M", "api::b::M"),
        ] {
            assert_eq!(scope.meanings(&split(path)), [split(full)], "{path}");
        }
        assert!(!scope.meanings(&split("loop_a")).is_empty(), "it ends");
        for (full, name) in [
            ("api::a::type::M", "pb::M"),
            ("api::a::b::M", "api::a::b::M"),
            ("api::c::type::M", "api::c::r#type::M"),
            ("chassis::rpc::Status", "Status"),
            ("chassis::rpc::Streaming", "rpc::Streaming"),
            ("api::glob::M", "M"),
            ("api::glob::Own", "api::glob::Own"),
        ] {
            assert_eq!(scope.name(&split(full)), name);
        }
        assert!(scope.has(&split("chassis::rpc::Status")));
        assert!(!scope.has(&split("chassis::rpc::Request")));
    }
}
