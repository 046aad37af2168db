//! What a change of the protos asks of the user's own handlers: stubs of new methods, and words on the rest.

use std::collections::BTreeMap;

use super::{Options, Prepared};
use crate::error::{Problem, Result};
use crate::existing;
use crate::fs;
use crate::merge::Outcome;
use crate::model::Model;
use crate::plan::{Owner, Settled};
use crate::project::Place;
use crate::stub::{self, ServiceCrate, Standing, Survey};
use crate::tree::Tree;

/// The crate with the handlers, in a project.
const FOLDER: &str = "crates/service";

/// The handlers of a project, held against the model; places are paths in the project.
///
/// # Errors
/// A file cannot be read.
pub fn survey(place: &Place, model: &Model) -> Result<Survey> {
    let (survey, _) = surveyed(place, model)?;
    Ok(survey)
}

/// Whether the handlers have all that the protos ask for, as far as can be seen: the user may have deleted a method, or
/// mended what could not be read the last time.
pub(super) fn are_complete(place: &Place, model: &Model) -> Result<bool> {
    let survey = survey(place, model)?;
    Ok(survey.edits.is_empty() && survey.refused.is_empty())
}

/// Inserts the stubs that are missing, and tells what only the user can do.
pub(super) fn bring_along(prepared: &mut Prepared, options: &Options) -> Result<()> {
    let (survey, files) = surveyed(&prepared.place, &prepared.model)?;
    for (path, bytes) in survey.edits {
        // The list of modules is merged as every file of the tool is.
        let is_merged = prepared.owner(&path) == Owner::Tool;
        let holds = |method: &Standing| method.inserted.as_ref().is_some_and(|at| at.file == path);
        if !options.asks_for(&path) || is_merged && !survey.methods.iter().any(holds) {
            continue;
        }
        if let Some(file) = files.get(&path) {
            // The user may have moved it to where nothing is rendered.
            prepared.yours.0.insert(path.clone(), file.clone().into());
        }
        prepared.edit(&path, bytes.into());
    }
    let place = prepared.place.clone();
    let shown = |mut problem: Problem| {
        if let Some(at) = &mut problem.at {
            at.file = place.shown(&at.file);
        }
        problem
    };
    let refused = survey.refused.into_iter().map(|refusal| {
        let mut problem = refusal.problem;
        if !refusal.paste.is_empty() {
            let hint = problem.hint.unwrap_or_default();
            problem.hint = Some(format!("{hint}:\n\n{}", refusal.paste.trim_end()));
        }
        problem
    });
    let told = survey.changed.into_iter().chain(survey.gone).chain(refused);
    // What goes with its file needs no word.
    let goes = |problem: &Problem| {
        let outcome = problem
            .at
            .as_ref()
            .and_then(|at| prepared.outcomes.get(&at.file));
        matches!(outcome, Some(Outcome::Removed))
    };
    let told: Vec<_> = told.filter(|problem| !goes(problem)).collect();
    prepared.notes.extend(told.into_iter().map(shown));
    Ok(())
}

/// The modules in which the services are handled already.
pub(super) fn settled(place: &Place, model: &Model) -> Result<Settled> {
    of(&sources(place)?, model)
}

/// As they were rendered last, where the files do not tell: the user may have moved what a module does.
pub(super) fn as_rendered(base: &Tree, model: &Model) -> Result<Settled> {
    let below = format!("{FOLDER}/src/");
    let files = base.iter().filter(|(path, _)| path.starts_with(&below));
    let files = files.map(|(path, bytes)| (path.to_owned(), bytes.to_vec()));
    of(&files.collect(), model)
}

fn of(files: &BTreeMap<String, Vec<u8>>, model: &Model) -> Result<Settled> {
    let service_crate = ServiceCrate {
        folder: FOLDER,
        files,
    };
    stub::settled(service_crate, model)
}

/// The survey, and the files that it is of.
fn surveyed(place: &Place, model: &Model) -> Result<(Survey, BTreeMap<String, Vec<u8>>)> {
    let files = sources(place)?;
    let service_crate = ServiceCrate {
        folder: FOLDER,
        files: &files,
    };
    let survey = stub::survey(service_crate, model)?;
    Ok((survey, files))
}

/// The files of the crate, by path in the project.
fn sources(place: &Place) -> Result<BTreeMap<String, Vec<u8>>> {
    let root = fs::or_here(place.root());
    let sources = existing::sources(&root.join(FOLDER).join("src"))?;
    let prefix = format!("{}/", existing::slashed(root));
    let below = |(path, bytes): (String, Vec<u8>)| {
        let path = path
            .strip_prefix(&prefix)
            .map(str::to_owned)
            .unwrap_or(path);
        (path, bytes)
    };
    Ok(sources.into_iter().map(below).collect())
}
