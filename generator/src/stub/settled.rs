//! Which module each service has: a handler stays where it is when another service of its name comes or goes.

use super::ServiceCrate;
use super::find::{self, Candidate, Match};
use super::survey::sources;
use crate::error::Problem;
use crate::model::{Model, Service};
use crate::plan::{self, Settled};

pub(super) fn settled(service_crate: ServiceCrate<'_>, model: &Model) -> Settled {
    let (sources, unreadable) = sources(service_crate, &model.services);
    let candidates: Vec<_> = sources.iter().flat_map(find::candidates).collect();
    of(service_crate, &candidates, &unreadable, &model.services)
}

pub(super) fn of(
    service_crate: ServiceCrate<'_>,
    candidates: &[Candidate<'_>],
    unreadable: &[(&str, Problem)],
    services: &[Service],
) -> Settled {
    let below = format!("{}/src/", service_crate.folder);
    let module = |path: &str| -> Option<String> {
        let module = path.strip_prefix(&below)?.strip_suffix(".rs")?;
        Some(module.to_owned())
    };
    let settled = |service: &Service| -> Option<(String, String)> {
        let sure = candidates
            .iter()
            .filter(|candidate| candidate.matches(service) == Some(Match::Sure))
            .map(|candidate| candidate.source.path);
        // A file with a mistake in it tells by the names that it was rendered with.
        let damaged = unreadable.iter().map(|(path, _)| *path).filter(|path| {
            let text = service_crate.files.get(*path);
            text.is_some_and(|text| names(&String::from_utf8_lossy(text), &service.rust.package))
        });
        let mut modules = sure.chain(damaged).filter_map(module);
        let module = modules.find(|module| plan::is_module_of(service, module))?;
        Some((service.full_name(), module))
    };
    services.iter().filter_map(settled).collect()
}

/// Whether the text has that path, and not only the beginning of a longer name.
fn names(text: &str, path: &str) -> bool {
    let mut rests = text.split(path).skip(1);
    rests.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}
