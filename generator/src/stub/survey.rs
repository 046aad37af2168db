//! Puts the steps together.

use std::collections::BTreeMap;

use syn::{ImplItem, ImplItemFn};

use super::find::{self, Candidate, Match};
use super::insert::{self, Insertion};
use super::scope::plain;
use super::signature::Found;
use super::source::Source;
use super::{ServiceCrate, Standing, State, Survey, body, settled, site, told};
use crate::error::{Place, Problem};
use crate::model::{Method, Model, Service};
use crate::plan::{self, Handler};

pub(super) fn survey(service_crate: ServiceCrate<'_>, model: &Model) -> Survey {
    let (sources, unreadable) = sources(service_crate, &model.services);
    let candidates: Vec<_> = sources.iter().flat_map(find::candidates).collect();
    let settled = settled::of(service_crate, &candidates, &unreadable, &model.services);
    let handlers = plan::handlers(&model.services, &settled);
    let mut surveying = Surveying {
        service_crate,
        unreadable: &unreadable,
        insertions: BTreeMap::new(),
        inserted: Vec::new(),
        survey: Survey::default(),
    };
    for (service, handler) in model.services.iter().zip(&handlers) {
        match home(&candidates, service, handler) {
            Home::One(candidate) => surveying.handler(candidate, service),
            Home::Several(several) => surveying.several(&several, service),
            Home::Nowhere => surveying.nowhere(service, handler),
        }
    }
    let gone = candidates
        .iter()
        .filter_map(|candidate| told::unserved(candidate, model));
    surveying.survey.gone.extend(gone);
    surveying.declare_modules(&sources, model, &handlers);
    surveying.done(&sources)
}

/// The files that may hold a handler, and what is wrong with those that cannot be read.
pub(super) fn sources<'a>(
    service_crate: ServiceCrate<'a>,
    services: &[Service],
) -> (Vec<Source<'a>>, Vec<(&'a str, Problem)>) {
    let names: Vec<_> = services
        .iter()
        .map(|service| service.rust.trait_name.trim_start_matches("r#"))
        .collect();
    let lib = library(service_crate);
    let mut sources = Vec::new();
    let mut unreadable = Vec::new();
    let below = format!("{}/src/", service_crate.folder);
    let files = service_crate
        .files
        .iter()
        .filter(|(path, _)| path.starts_with(&below) && path.ends_with(".rs"));
    for (path, bytes) in files {
        // Most files hold none, and parsing is what takes the time.
        let text = String::from_utf8_lossy(bytes);
        let has = |name: &&str| text.contains(*name);
        if *path != lib
            && !(text.contains("impl") && (names.iter().any(has) || text.contains("_server")))
        {
            continue;
        }
        match Source::parse(path, bytes) {
            Ok(source) => sources.push(source),
            Err(problem) => unreadable.push((path.as_str(), problem)),
        }
    }
    (sources, unreadable)
}

pub(super) fn library(service_crate: ServiceCrate<'_>) -> String {
    format!("{}/src/lib.rs", service_crate.folder)
}

/// Where a service is handled.
enum Home<'a> {
    One(&'a Candidate<'a>),
    Several(Vec<&'a Candidate<'a>>),
    Nowhere,
}

/// The one `impl` that is meant: of several the surest, and of those the one with the name that `new` gives.
fn home<'a>(candidates: &'a [Candidate<'a>], service: &Service, handler: &Handler) -> Home<'a> {
    let matching = |wanted: Match| -> Vec<&Candidate<'_>> {
        candidates
            .iter()
            .filter(|candidate| candidate.matches(service) == Some(wanted))
            .collect()
    };
    let sure = matching(Match::Sure);
    let found = if sure.is_empty() {
        matching(Match::Likely)
    } else {
        sure
    };
    let named: Vec<_> = found
        .iter()
        .copied()
        .filter(|candidate| candidate.is_of(&handler.name))
        .collect();
    match (found.as_slice(), named.as_slice()) {
        ([], _) => Home::Nowhere,
        ([one], _) | (_, [one]) => Home::One(one),
        _ => Home::Several(found),
    }
}

pub(super) struct Surveying<'a> {
    pub(super) service_crate: ServiceCrate<'a>,
    pub(super) unreadable: &'a [(&'a str, Problem)],
    /// By file.
    pub(super) insertions: BTreeMap<String, Vec<Insertion>>,
    /// Which method each inserted function is of: its place in `methods`, its file, which insertion there by its
    /// byte, which function of that.
    inserted: Vec<(usize, String, usize, usize)>,
    pub(super) survey: Survey,
}

impl Surveying<'_> {
    /// A service with one `impl`.
    fn handler(&mut self, candidate: &Candidate<'_>, service: &Service) {
        let functions = functions(candidate);
        let mut missing = Vec::new();
        for method in &service.methods {
            let found = functions
                .iter()
                .find(|function| is_named(function, &method.function));
            let Some(function) = found else {
                missing.push(method);
                self.stands(
                    service,
                    method,
                    State::Missing,
                    Some(self::at(candidate, candidate.line())),
                );
                continue;
            };
            let state = match body::is_stub(&function.block) {
                true => State::Stub,
                false => State::Written,
            };
            let line = candidate.source.line(function.sig.fn_token.span);
            self.stands(service, method, state, Some(self::at(candidate, line)));
            let found = Found::read(candidate, function, method);
            if let Some(difference) = found.differs(&candidate.scope, method) {
                self.survey.changed.push(told::changed(
                    candidate,
                    service,
                    method,
                    line,
                    &difference,
                ));
            }
        }
        let gone = told::gone(candidate, service, &functions, &missing);
        self.survey.gone.extend(gone);
        if missing.is_empty() {
            return;
        }
        let stubs: Vec<_> = missing
            .iter()
            .map(|method| site::stub(candidate, method))
            .collect();
        if let Some(line) = macro_call(candidate) {
            let problem = Problem::new(format!(
                "the `impl` of `{}` holds a macro call, which may be what {} made by",
                service.full_name(),
                told::listed(&missing, "is", "are")
            ));
            let problem = problem.at(candidate.source.path, line, None);
            self.refuse(
                service,
                &missing,
                problem.hint("paste what is not, before its closing brace"),
                stubs,
            );
            return;
        }
        let path = candidate.source.path.to_owned();
        let insertion = insert::insertion(candidate, &stubs);
        for (n, method) in missing.iter().enumerate() {
            let index = self.index(service, method);
            self.inserted.push((index, path.clone(), insertion.at, n));
        }
        self.insertions.entry(path).or_default().push(insertion);
    }

    fn done(mut self, sources: &[Source<'_>]) -> Survey {
        for (path, insertions) in &self.insertions {
            let Some(source) = sources.iter().find(|source| source.path == path) else {
                continue;
            };
            let text = insert::apply(source.text, insertions.clone());
            // The places of what was inserted, as they will be.
            for (method, of, at, n) in &self.inserted {
                if of != path {
                    continue;
                }
                let earlier = insertions
                    .iter()
                    .filter(|insertion| insertion.at < *at)
                    .map(|insertion| insertion.text.len());
                let own = insertions.iter().find(|insertion| insertion.at == *at);
                let within = own
                    .and_then(|insertion| insertion.starts.get(*n))
                    .copied()
                    .unwrap_or_default();
                let start = earlier.sum::<usize>() + at + within;
                let rest = text.get(start..).unwrap_or_default();
                let start = start + rest.find("fn ").unwrap_or_default();
                let line = crate::proto::locate::position(&text, start).0;
                if let Some(standing) = self.survey.methods.get_mut(*method) {
                    standing.inserted = Some(Place {
                        file: path.clone(),
                        line: Some(line),
                        column: None,
                    });
                }
            }
            if !insertions.is_empty() {
                self.survey.edits.insert(path.clone(), text.into_bytes());
            }
        }
        self.survey
    }

    pub(super) fn stands(
        &mut self,
        service: &Service,
        method: &Method,
        state: State,
        at: Option<Place>,
    ) {
        self.survey.methods.push(Standing {
            service: service.full_name(),
            method: method.name.clone(),
            state,
            at,
            inserted: None,
        });
    }

    pub(super) fn index(&self, service: &Service, method: &Method) -> usize {
        let name = service.full_name();
        let is_it =
            |standing: &Standing| standing.service == name && standing.method == method.name;
        self.survey
            .methods
            .iter()
            .position(is_it)
            .unwrap_or_default()
    }
}

/// A place in a candidate's file.
pub(super) fn at(candidate: &Candidate<'_>, line: u32) -> Place {
    Place {
        file: candidate.source.path.to_owned(),
        line: Some(line),
        column: None,
    }
}

pub(super) fn functions<'a>(candidate: &Candidate<'a>) -> Vec<&'a ImplItemFn> {
    let items = candidate.block.items.iter();
    items
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        })
        .collect()
}

/// Whether the function has that name in the trait.
pub(super) fn is_named(function: &ImplItemFn, name: &str) -> bool {
    plain(&function.sig.ident) == name.trim_start_matches("r#")
}

/// The line of the first macro call that may expand to functions.
fn macro_call(candidate: &Candidate<'_>) -> Option<u32> {
    candidate.block.items.iter().find_map(|item| match item {
        ImplItem::Macro(call) => Some(candidate.source.line(call.mac.bang_token.span)),
        _ => None,
    })
}
