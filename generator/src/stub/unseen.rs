//! Services whose handler is not seen, or not one: what is told then, and what is pasted.

use super::find::Candidate;
use super::source::Source;
use super::survey::{Surveying, at, functions, is_named, library};
use super::text::Stub;
use super::{Refusal, State, module, site, told};
use crate::error::Problem;
use crate::layout::Site;
use crate::model::{Method, Model, Service};
use crate::plan::Handler;

impl Surveying<'_> {
    /// A service with more than one `impl`.
    pub(super) fn several(&mut self, candidates: &[&Candidate<'_>], service: &Service) {
        let Some(first) = candidates.first() else {
            return;
        };
        let lacks = |candidate: &&Candidate<'_>, method: &Method| {
            !functions(candidate)
                .iter()
                .any(|function| is_named(function, &method.function))
        };
        for method in &service.methods {
            self.stands(
                service,
                method,
                State::Unknown,
                Some(self::at(first, first.line())),
            );
        }
        let lacking: Vec<_> = service
            .methods
            .iter()
            .filter(|method| candidates.iter().any(|candidate| lacks(candidate, method)))
            .collect();
        if lacking.is_empty() {
            return;
        }
        let places = candidates
            .iter()
            .map(|candidate| format!("`{}:{}`", candidate.source.path, candidate.line()));
        let message = format!(
            "`{}` has several `impl`s, and {} not in all of them: {}",
            service.full_name(),
            told::listed(&lacking, "is", "are"),
            places.collect::<Vec<_>>().join(", ")
        );
        let problem = Problem::new(message).at(first.source.path, first.line(), None);
        let stubs = lacking
            .iter()
            .map(|method| site::stub(first, method))
            .collect();
        self.refuse(
            service,
            &lacking,
            problem.hint("paste them where they belong"),
            stubs,
        );
    }

    /// A service without any `impl` that is seen.
    pub(super) fn nowhere(&mut self, service: &Service, handler: &Handler) {
        let path = format!("{}/src/{}.rs", self.service_crate.folder, handler.module);
        let name = service.rust.trait_name.trim_start_matches("r#");
        let all: Vec<_> = service.methods.iter().collect();
        for method in &service.methods {
            self.stands(service, method, State::Unknown, None);
        }
        let mentions = |path: &str| {
            let text = self.service_crate.files.get(path);
            text.is_some_and(|text| String::from_utf8_lossy(text).contains(name))
        };
        let stubs: Vec<_> = all
            .iter()
            .map(|method| site::text(&Stub::new(&Site::default(), method, |path| path.to_owned())))
            .collect();
        if let Some((path, problem)) = self.unreadable.iter().find(|(path, _)| mentions(path)) {
            let text = self
                .service_crate
                .files
                .get(*path)
                .map(|text| String::from_utf8_lossy(text));
            let text = text.unwrap_or_default();
            let lacks = |method: &&Method| !text.contains(&format!("fn {}", method.function));
            let (lacking, stubs): (Vec<_>, Vec<_>) = all
                .iter()
                .copied()
                .zip(stubs)
                .filter(|(method, _)| lacks(method))
                .unzip();
            let problem = problem.clone().hint("mend it, then run the command again");
            self.refuse(service, &lacking, problem, stubs);
            return;
        }
        if self.service_crate.files.contains_key(&path) {
            let message = format!(
                "`{path}` has no `impl` of `{}` that can be seen",
                service.full_name()
            );
            let problem = Problem::new(message).at(path, None, None);
            let problem = problem.hint("if a macro makes it, add there what is new; else paste it");
            self.refuse(service, &all, problem, stubs);
            return;
        }
        let name = service.full_name();
        let own = self.survey.methods.iter_mut();
        for standing in own.filter(|standing| standing.service == name) {
            standing.state = State::Missing;
        }
        self.survey.absent.push(name);
    }

    /// Makes the files of new handlers part of the crate.
    pub(super) fn declare_modules(
        &mut self,
        sources: &[Source<'_>],
        model: &Model,
        handlers: &[Handler],
    ) {
        let lib = library(self.service_crate);
        for (service, handler) in model.services.iter().zip(handlers) {
            if !self.survey.absent.contains(&service.full_name()) {
                continue;
            }
            let line = format!("pub mod {};", handler.module);
            match sources.iter().find(|source| source.path == lib) {
                Some(source) => {
                    let insertion = module::declaration(source, &handler.module);
                    self.insertions
                        .entry(lib.clone())
                        .or_default()
                        .extend(insertion);
                }
                None => {
                    let unreadable = self.unreadable.iter().find(|(path, _)| *path == lib);
                    let problem = match unreadable {
                        Some((_, problem)) => problem.clone(),
                        None => {
                            Problem::new(format!("there is no `{lib}`")).at(lib.clone(), None, None)
                        }
                    };
                    let problem =
                        problem.hint("paste the line where the modules of the crate are named");
                    self.survey.refused.push(Refusal {
                        problem,
                        paste: line + "\n",
                    });
                }
            }
        }
    }

    pub(super) fn refuse(
        &mut self,
        service: &Service,
        methods: &[&Method],
        problem: Problem,
        stubs: Vec<String>,
    ) {
        for method in methods {
            let index = self.index(service, method);
            if let Some(standing) = self.survey.methods.get_mut(index) {
                standing.state = State::Unknown;
            }
        }
        let unindent = |stub: &String| {
            let lines = stub.trim_end().lines();
            let lines =
                lines.map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)));
            lines.collect::<String>()
        };
        let paste = stubs.iter().map(unindent).collect::<Vec<_>>().join("\n");
        self.survey.refused.push(Refusal { problem, paste });
    }
}
