//! Brings a project up to date: its protos, its settings or the template changed.
//!
//! In: a project and what is asked for. Out: [`Prepared`], which says what becomes of each file and writes only when
//! told to. The steps: `asked` applies what the command line asks to the settings and reads the protos, `before` finds out
//! what was rendered last, [`crate::merge`] merges, `after` makes the changes of it. If neither settings, protos nor
//! the tool changed and the handlers are complete, nothing can come of it and nothing is rendered.
//!
//! What a change of the protos means is told by `evolved`; what it asks of the user's own files is done by `handlers`,
//! through [`Prepared::edit`].

mod after;
mod asked;
mod before;
mod evolved;
mod handlers;
mod options;
mod ownership;
mod prepared;
mod selected;
mod states;

use std::collections::BTreeMap;

use crate::error::{Problem, Result};
use crate::feature::Manifest;
use crate::merge::{self, Outcome};
use crate::plan::Owner;
use crate::project::{FILE, Fingerprint, Lock, Place, Settings, State};
use crate::tree::Tree;

use asked::Asked;

pub use handlers::survey;
pub use options::{Options, Resolution, Source};
pub use ownership::{give, take};
pub use prepared::Prepared;
pub use states::{FileState, Standing};

/// Finds out what becomes of a project; writes nothing.
///
/// # Errors
/// Everything that is wrong with the settings, the protos and what is asked for.
pub fn prepare(place: &Place, source: &Source, options: &Options) -> Result<Prepared> {
    let prepared = prepare_with(place, source, options);
    // Mistakes in a team's template have their places there.
    match &source.own {
        Some(dir) => prepared.map_err(|error| crate::template::placed(error, dir)),
        None => prepared,
    }
}

fn prepare_with(place: &Place, source: &Source, options: &Options) -> Result<Prepared> {
    let template = &source.tree;
    let own = source
        .own
        .as_ref()
        .map(|_| Fingerprint::of_template(template));
    let inputs = place.inputs()?;
    let mut notes = Vec::new();
    let lock = before::lock(place, &mut notes)?;
    let manifest = Manifest::read(template)?;
    let asked = asked::asked(place, &manifest, &inputs, options)?;
    if !options.asks_for_more()
        && let Some(lock) = &lock
        && lock.inputs == Place::fingerprint(&inputs)
        && lock.template == own
        && handlers::are_complete(place, &asked.model)?
    {
        return up_to_date(place, asked, lock.clone(), inputs, options);
    }

    let settled = handlers::settled(place, &asked.model)?;
    let sources = before::Sources {
        place,
        template,
        manifest: &manifest,
        model: &asked.model,
        settled: &settled,
    };
    let state = sources.state(lock.clone(), &inputs, &mut notes)?;
    let mut modules = handlers::as_rendered(&state.base, &asked.model)?;
    modules.extend(settled.clone());
    let fresh = crate::assemble(
        template,
        &manifest,
        asked.answers(),
        asked.model.clone(),
        &modules,
    )?;
    let yours = place.read_all(state.base.paths_with(&fresh.tree))?;
    asked.check_new_protos(&yours, &fresh)?;

    let owners = owners(&asked.settings, &state.lock, &fresh.owners);
    let mut merged_with = yours.clone();
    // Settings that nobody edited by hand are rendered again, in the template's order.
    let by_hand = match (state.base.0.get(FILE), yours.0.get(FILE)) {
        (Some(base), Some(yours)) => !merge::same(base, yours),
        _ => true,
    };
    if by_hand {
        let text = asked.text.clone().into();
        merged_with.0.insert(FILE.to_owned(), text);
    }
    let owner = |path: &str| owners.get(path).copied().unwrap_or(Owner::Tool);
    let mut outcomes = merge::merge(&state.base, &merged_with, &fresh.tree, &owner);
    if let Some(outcome) = outcomes.get_mut(FILE)
        && by_hand
        && matches!(outcome, Outcome::Unchanged | Outcome::Kept(_))
        && yours
            .0
            .get(FILE)
            .is_some_and(|bytes| **bytes != *asked.text)
    {
        *outcome = Outcome::Updated(asked.text.clone().into());
    }
    for path in &options.reset {
        reset(path, &yours, &fresh.tree, &mut outcomes)?;
    }
    let is_asked_for = |path: &str| options.asks_for(path);
    outcomes.retain(|path, _| is_asked_for(path));
    notes.extend(fresh.warnings.iter().cloned());
    let is_open = |path: &str| is_asked_for(path) && options.reset.is_empty();
    let unresolved = unresolved(&state.lock, &yours, &is_open);
    let mut prepared = Prepared {
        place: place.clone(),
        resolution: options.resolution,
        before: state,
        lock,
        yours,
        inputs,
        model: asked.model,
        fresh: Some(fresh),
        owners,
        outcomes,
        unresolved,
        notes,
        evolution: Vec::new(),
        descriptors: None,
        template: own,
        whole: options.only.is_none() && options.reset.is_empty(),
    };
    if options.reset.is_empty() {
        handlers::bring_along(&mut prepared, options)?;
        let (evolution, descriptors) = evolved::changes(&prepared, asked.compiled)?;
        prepared.evolution = evolution;
        prepared.descriptors = Some(descriptors);
    }
    Ok(prepared)
}

/// Nothing can be rendered otherwise than the last time.
fn up_to_date(
    place: &Place,
    asked: Asked,
    lock: Lock,
    inputs: Tree,
    options: &Options,
) -> Result<Prepared> {
    let marked = lock.files.iter().filter(|(_, locked)| locked.conflict);
    let yours = place.read_all(marked.map(|(path, _)| path))?;
    let owners = owners(&asked.settings, &lock, &BTreeMap::new());
    Ok(Prepared {
        place: place.clone(),
        resolution: options.resolution,
        unresolved: unresolved(&lock, &yours, &|path| options.asks_for(path)),
        before: State {
            lock: lock.clone(),
            base: Tree::default(),
        },
        template: lock.template.clone(),
        lock: Some(lock),
        yours,
        inputs,
        model: asked.model,
        fresh: None,
        owners,
        outcomes: BTreeMap::new(),
        notes: Vec::new(),
        evolution: Vec::new(),
        descriptors: None,
        whole: true,
    })
}

/// Whose each file is: as the template has it, unless the settings say otherwise.
fn owners(
    settings: &Settings,
    lock: &Lock,
    fresh: &BTreeMap<String, Owner>,
) -> BTreeMap<String, Owner> {
    let locked = lock.files.iter().map(|(path, locked)| (path, locked.owner));
    let fresh = fresh.iter().map(|(path, owner)| (path, *owner));
    let owner = |(path, owner): (&String, Owner)| {
        (
            path.clone(),
            ownership::owner(settings, path).unwrap_or(owner),
        )
    };
    locked.chain(fresh).map(owner).collect()
}

fn unresolved(lock: &Lock, yours: &Tree, is_asked_for: &dyn Fn(&str) -> bool) -> Vec<String> {
    let marked = lock.files.iter().filter(|(path, locked)| {
        let bytes = yours.0.get(*path);
        locked.conflict && is_asked_for(path) && bytes.is_some_and(|b| merge::has_markers(b))
    });
    marked.map(|(path, _)| path.clone()).collect()
}

/// Lets a file, or all in a folder, become what is rendered.
fn reset(
    path: &str,
    yours: &Tree,
    fresh: &Tree,
    outcomes: &mut BTreeMap<String, Outcome>,
) -> Result<()> {
    let mut found = false;
    for (file, bytes) in fresh
        .0
        .iter()
        .filter(|(file, _)| crate::feature::lies_in(file, path))
    {
        found = true;
        let outcome = match yours.0.get(file) {
            None => Outcome::Created(bytes.clone()),
            Some(yours) if merge::same(yours, bytes) => Outcome::Unchanged,
            Some(_) => Outcome::Updated(bytes.clone()),
        };
        outcomes.insert(file.clone(), outcome);
    }
    match found {
        true => Ok(()),
        false => Err(Problem::new(format!("nothing is rendered to `{path}`"))
            .hint("`protosmith list files` shows what is")
            .into()),
    }
}
