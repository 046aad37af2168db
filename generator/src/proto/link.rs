//! Resolves the names between the files.

use std::collections::BTreeMap;

use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

use super::gather::{Loaded, at_import};
use super::reading::Reading;
use super::worker::{self, caught};
use super::{diagnose, parse};
use crate::error::Problem;

/// The descriptors of the files and of the well-known ones they import, each after its imports.
///
/// Takes the descriptors out of the files. A file whose import is wrong is left out without a word,
/// since nothing could be said about it that the import does not explain.
pub(super) fn pool(files: &mut [Loaded], problems: &mut Vec<Problem>) -> DescriptorPool {
    let names = files
        .iter()
        .enumerate()
        .map(|(at, file)| (file.source.name.clone(), at))
        .collect();
    let mut linking = Linking {
        files,
        names,
        states: BTreeMap::new(),
        pool: DescriptorPool::new(),
        problems,
    };
    // By name and not as they were given: the order of arguments has no part in the result.
    for name in linking.names.keys().cloned().collect::<Vec<_>>() {
        linking.visit(&name, &mut Vec::new());
    }
    linking.pool
}

/// What is known about a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its imports are being looked at.
    Open,
    Linked,
    Wrong,
}

struct Linking<'a> {
    files: &'a mut [Loaded],
    names: BTreeMap<String, usize>,
    states: BTreeMap<String, State>,
    pool: DescriptorPool,
    problems: &'a mut Vec<Problem>,
}

impl Linking<'_> {
    /// Adds a file after its imports. `above` are the files that led here.
    fn visit(&mut self, name: &str, above: &mut Vec<String>) -> State {
        if let Some(state) = self.states.get(name) {
            return *state;
        }
        self.states.insert(name.to_owned(), State::Open);
        let state = match self.names.get(name).copied() {
            Some(at) => self.visit_file(at, above),
            None => self.visit_well_known(name, above),
        };
        self.states.insert(name.to_owned(), state);
        state
    }

    fn visit_file(&mut self, at: usize, above: &mut Vec<String>) -> State {
        let Some(file) = self.files.get(at) else {
            return State::Wrong;
        };
        let Some(descriptor) = &file.descriptor else {
            return State::Wrong;
        };
        let (name, imports) = (file.source.name.clone(), descriptor.dependency.clone());
        above.push(name);
        let mut state = State::Linked;
        for (n, import) in imports.iter().enumerate() {
            match self.visit(import, above) {
                State::Linked => {}
                State::Wrong => state = State::Wrong,
                State::Open => {
                    state = State::Wrong;
                    let start = above
                        .iter()
                        .position(|name| name == import)
                        .unwrap_or_default();
                    let circle: Vec<&str> = above
                        .iter()
                        .skip(start)
                        .map(String::as_str)
                        .chain([import.as_str()])
                        .collect();
                    let problem = Problem::new(format!(
                        "files import each other: `{}`",
                        circle.join("` → `")
                    ))
                    .hint("move what both need into a third file");
                    if let Some(file) = self.files.get(at) {
                        self.problems.push(at_import(problem, file, n));
                    }
                }
            }
        }
        above.pop();
        if state == State::Wrong {
            return state;
        }
        let Some(file) = self.files.get_mut(at) else {
            return State::Wrong;
        };
        let Some(descriptor) = file.descriptor.take() else {
            return State::Wrong;
        };
        let (text, shown) = (file.source.text.as_str(), file.source.shown());
        match add(&mut self.pool, descriptor) {
            Ok(Ok(())) => return State::Linked,
            Ok(Err(error)) => self.problems.extend(diagnose::problems(
                &error.with_source_code(text),
                &Reading::plain(text),
                &shown,
            )),
            Err(panic) => self.problems.push(
                Problem::new(format!("the compiler gave up: {panic}"))
                    .at(shown, None, None)
                    .hint(worker::REPORT),
            ),
        }
        State::Wrong
    }

    fn visit_well_known(&mut self, name: &str, above: &mut Vec<String>) -> State {
        // An import that was not found is told already.
        let Some(descriptor) = parse::well_known(name) else {
            return State::Wrong;
        };
        for import in &descriptor.dependency {
            self.visit(import, above);
        }
        match add(&mut self.pool, descriptor) {
            Ok(Ok(())) => State::Linked,
            Ok(Err(_)) | Err(_) => State::Wrong,
        }
    }
}

/// Adds a descriptor whose imports are in the pool.
fn add(
    pool: &mut DescriptorPool,
    descriptor: FileDescriptorProto,
) -> Result<Result<(), prost_reflect::DescriptorError>, String> {
    caught(|| pool.add_file_descriptor_proto(descriptor))
}
