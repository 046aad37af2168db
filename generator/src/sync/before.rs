//! What was rendered last: as it was noted, or as the files tell.

use crate::answers::Answers;
use crate::error::{Problem, Result};
use crate::feature::Manifest;
use crate::merge;
use crate::model::Model;
use crate::plan::Settled;
use crate::project::{
    FILE, FOLDER, Fingerprint, Lock, Place, Settings, State, Unreadable, rebuild,
};
use crate::tree::Tree;

/// The lock; one that is damaged is said and taken for none.
pub(super) fn lock(place: &Place, notes: &mut Vec<Problem>) -> Result<Option<Lock>> {
    match place.lock() {
        Ok(lock) => Ok(lock),
        Err(Unreadable::Newer(error)) => Err(error),
        Err(Unreadable::Damaged(error)) => {
            notes.extend(error.problems);
            Ok(None)
        }
    }
}

/// What the state can be told from.
pub(super) struct Sources<'a> {
    pub(super) place: &'a Place,
    pub(super) template: &'a Tree,
    pub(super) manifest: &'a Manifest,
    /// What the protos hold now.
    pub(super) model: &'a Model,
    /// Where their handlers are.
    pub(super) settled: &'a Settled,
}

impl Sources<'_> {
    /// What was rendered last. A missing or damaged note is said, and made anew.
    pub(super) fn state(
        &self,
        lock: Option<Lock>,
        inputs: &Tree,
        notes: &mut Vec<Problem>,
    ) -> Result<State> {
        let why = match lock.map(|lock| self.place.state(lock)) {
            Some(Ok(Some(state))) => return Ok(state),
            Some(Err(error)) => error.to_string().trim_start_matches("error: ").to_owned(),
            Some(Ok(None)) | None => format!("`{FOLDER}` does not say what was rendered last"),
        };
        let why = why.lines().next().unwrap_or_default().to_owned();
        let base = self.rebuilt(inputs)?;
        let yours = self.place.read_all(base.tree.0.keys())?;
        let edited = base.tree.0.iter().filter(|(path, bytes)| {
            yours
                .0
                .get(*path)
                .is_some_and(|yours| !merge::same(yours, bytes))
        });
        let edited = edited.count();
        let hint = match edited {
            0 => "it is told from the files, none of which is edited".to_owned(),
            1 => "it is told from the files; the one that differs from this version's render is taken as edited".to_owned(),
            n => format!("it is told from the files; the {n} that differ from this version's render are taken as edited"),
        };
        notes.push(Problem::new(why).hint(hint));
        let mut state = State::of(&base.tree, &base.owners, Fingerprint::default());
        // What is not there was deleted or never rendered; it is rendered again.
        state.base.0.retain(|path, _| yours.0.contains_key(path));
        state
            .lock
            .files
            .retain(|path, _| yours.0.contains_key(path));
        Ok(state)
    }

    /// The render that is nearest to the files: of the protos as they are, or of the sample, which is all that
    /// `cargo generate` makes.
    fn rebuilt(&self, inputs: &Tree) -> Result<crate::Rendered> {
        let text = inputs
            .0
            .get(FILE)
            .map(|bytes| String::from_utf8_lossy(bytes));
        let text = text.unwrap_or_default();
        let settings = Settings::read(&text, &self.place.shown(FILE), self.manifest)?;
        let exists = |path: &str| self.place.path(path).exists();
        let features = rebuild(self.manifest, &settings.features, &exists);
        let render = |model: Model, sample: bool| {
            let answers = Answers {
                name: settings.name.clone(),
                features: features.clone(),
                sample,
                deploy: settings.deploy.clone(),
            };
            crate::assemble(self.template, self.manifest, answers, model, self.settled)
        };
        let present = render(self.model.clone(), settings.sample)?;
        let sample = render(crate::read_model(self.template, &[], &[])?, true)?;
        let near = |rendered: &crate::Rendered| -> Result<usize> {
            let files = rendered.tree.0.iter();
            let mut near = 0;
            for (path, bytes) in files {
                let yours = self.place.read(path)?;
                near += usize::from(yours.is_some_and(|yours| merge::same(&yours, bytes)));
            }
            Ok(near)
        };
        match near(&sample)? > near(&present)? {
            true => Ok(sample),
            false => Ok(present),
        }
    }
}
