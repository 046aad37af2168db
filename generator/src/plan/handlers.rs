//! Names for what the `service` crate has of each service: a module with a handler in it.
//!
//! The names of the generated code come with the model; these are ours to choose, so that they
//! clash neither with each other nor with what a handler's file imports. A service keeps the module that it has,
//! whoever comes or goes beside it: the user's code is in there.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

use crate::keyword::is_keyword;
use crate::model::Service;

/// The longest name of a module, so that its file name fits every file system.
const LONGEST_MODULE: usize = 200;

/// Modules that cannot be: the files of the crate itself, and the crates that it names.
const RESERVED_MODULES: &[&str] = &[
    "api",
    "chassis",
    "core",
    "lib",
    "main",
    "prost_types",
    "std",
];

/// Types that the file of a handler imports, or has from the prelude and uses.
const RESERVED_HANDLERS: &[&str] = &[
    "Request",
    "RequestExt",
    "Response",
    "Status",
    "Streaming",
    "Result",
    "Option",
    "String",
    "Vec",
    "Self",
];

/// What stands for one service in the `service` crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The module, and its file without `.rs`.
    pub module: String,
    /// The type that implements the service's trait.
    pub name: String,
    /// The service's client under a name that no other client has.
    pub client: String,
}

/// The modules that services have already, by the full name of each service.
pub type Settled = BTreeMap<String, String>;

/// One handler for each service, in the same order.
pub(crate) fn handlers(services: &[Service], settled: &Settled) -> Vec<Handler> {
    let mut taken = BTreeSet::new();
    let settled: Vec<Option<&str>> = services
        .iter()
        .map(|service| {
            let module = settled.get(&service.full_name())?;
            (is_module_of(service, module) && taken.insert(module.clone()))
                .then_some(module.as_str())
        })
        .collect();
    // Whether the name of a service that has one is qualified.
    let qualified: Vec<Option<bool>> = services
        .iter()
        .zip(&settled)
        .map(|(service, module)| module.map(|module| !is_like(module, &own_module(service, false))))
        .collect();
    let modules = unique(services, "_", &qualified, own_module, taken);
    let modules = modules
        .into_iter()
        .zip(&settled)
        .map(|(module, settled)| settled.map(str::to_owned).unwrap_or(module));
    let clients = unique(services, "", &qualified, own_client, BTreeSet::new());
    let names = services.iter().zip(modules).zip(clients);
    names
        .map(|((service, module), client)| Handler {
            module,
            name: type_name(service),
            client,
        })
        .collect()
}

/// Whether this is one of the modules that a service may be given.
pub(crate) fn is_module_of(service: &Service, module: &str) -> bool {
    [false, true]
        .iter()
        .any(|qualified| is_like(module, &own_module(service, *qualified)))
}

/// Whether it is that name, or that name with a number.
fn is_like(module: &str, name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    module == name
        || module
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(is_number)
}

fn own_module(service: &Service, qualified: bool) -> String {
    let name = module(&service.name);
    file_name(match qualified {
        true => format!("{}_{name}", service.package.to_snake_case()),
        false => name,
    })
}

fn own_client(service: &Service, qualified: bool) -> String {
    let name = client(&service.rust.client);
    match qualified {
        true => format!("{}{name}", service.package.to_upper_camel_case()),
        false => name,
    }
}

/// The generated client's name without the underscores that were put into it, such as `Self_Client`: the alias
/// is ours, and the compiler wants it in camel case.
fn client(generated: &str) -> String {
    let name = generated.trim_start_matches('_');
    let leading = &generated[..generated.len() - name.len()];
    format!("{leading}{}", name.replace('_', ""))
}

/// The module of a service of that name; `_` is a name too.
fn module(service: &str) -> String {
    let module = service.to_snake_case();
    if module.is_empty() {
        "service".to_owned()
    } else {
        module
    }
}

/// A name for each service; those that are alike are qualified by their package, and get a number
/// if that does not tell them apart either. `qualified` has the word on those that have a name already.
fn unique(
    services: &[Service],
    joint: &str,
    qualified: &[Option<bool>],
    name: impl Fn(&Service, bool) -> String,
    mut taken: BTreeSet<String>,
) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for service in services {
        *seen.entry(name(service, false)).or_insert(0) += 1;
    }
    let names = services.iter().zip(qualified).map(|(service, qualified)| {
        let alike = seen.get(&name(service, false)).is_some_and(|n| *n > 1);
        let name = name(
            service,
            qualified.unwrap_or(alike && !service.package.is_empty()),
        );
        let mut free = name.clone();
        let mut number = 1;
        while !taken.insert(free.clone()) {
            number += 1;
            free = format!("{name}{joint}{number}");
        }
        free
    });
    names.collect()
}

/// The module as the name of a file that every system takes.
fn file_name(module: String) -> String {
    let reserved = is_keyword(&module) || RESERVED_MODULES.contains(&module.as_str());
    let mut module = if reserved {
        format!("{module}_service")
    } else {
        module
    };
    if !module.starts_with(|c: char| c.is_ascii_alphabetic()) {
        module.insert_str(0, "service_");
    }
    module.truncate(LONGEST_MODULE);
    module.trim_end_matches('_').to_owned()
}

fn type_name(service: &Service) -> String {
    let name = service.rust.trait_name.trim_start_matches("r#");
    if RESERVED_HANDLERS.contains(&name) {
        format!("{name}Service")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests;
