//! The settings with what the command line asks, and what the protos hold.

use std::path::PathBuf;

use super::{Options, selected};
use crate::Rendered;
use crate::answers::Answers;
use crate::error::{Error, Problem, Result};
use crate::feature::Manifest;
use crate::merge;
use crate::model::{Model, from_proto};
use crate::project::{Edit, FILE, Place, Settings};
use crate::proto::{self, Compiled, Include};
use crate::tree::Tree;

/// What a project shall be.
pub(super) struct Asked {
    /// `protosmith.toml` as it shall be.
    pub(super) text: Vec<u8>,
    /// What it says.
    pub(super) settings: Settings,
    /// The protos.
    pub(super) compiled: Compiled,
    /// What they hold.
    pub(super) model: Model,
    /// The import names of protos that come from elsewhere, each with where it lies.
    new: Vec<(String, String)>,
}

pub(super) fn asked(
    place: &Place,
    manifest: &Manifest,
    inputs: &Tree,
    options: &Options,
) -> Result<Asked> {
    let shown = place.shown(FILE);
    let text = inputs
        .0
        .get(FILE)
        .map(|bytes| bytes.to_vec())
        .unwrap_or_default();
    let read = |bytes: &[u8]| -> Result<Settings> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Problem::new(format!("`{shown}` is not UTF-8")).at(&*shown, None, None))?;
        Settings::read(text, &shown, manifest)
    };
    if !options.changes_settings() {
        let settings = read(&text)?;
        let (compiled, model) = compiled(place, &settings.protos, options)?;
        return Ok(Asked {
            text,
            settings,
            compiled,
            model,
            new: Vec::new(),
        });
    }

    let recorded = read(&text)?;
    let mut problems = selected::problems(manifest, &recorded.features, options);
    for name in &options.remove {
        if !recorded.protos.contains(name) {
            let message = format!("`{name}` is not among the protos of this project");
            let problem =
                Problem::new(message).hint("`protosmith.toml` lists them, as they lie in `proto/`");
            problems.push(problem);
        }
    }
    let protos: Vec<String> = recorded
        .protos
        .iter()
        .filter(|name| !options.remove.contains(name))
        .cloned()
        .collect();
    if protos.is_empty() && options.add.is_empty() {
        let message = "the project would have no proto left".to_owned();
        problems.push(Problem::new(message).hint("add another one first"));
    }
    Error::check(problems)?;

    let (compiled, model) = compiled(place, &protos, options)?;
    let given = model.files.iter().filter(|file| file.given);
    let given: Vec<String> = given.map(|file| file.name.clone()).collect();
    let edits = [
        Edit {
            list: Edit::FEATURES,
            add: &options.with,
            remove: &options.without,
        },
        Edit {
            list: Edit::PROTOS,
            add: &given,
            remove: &options.remove,
        },
    ];
    let text = Edit::apply(&edits, &text, &shown)?;
    let home = place.path("proto").display().to_string();
    let foreign = model
        .files
        .iter()
        .filter(|file| !file.shown.starts_with(&home));
    Ok(Asked {
        settings: read(&text)?,
        text,
        new: foreign
            .map(|file| (file.name.clone(), file.shown.clone()))
            .collect(),
        compiled,
        model,
    })
}

fn compiled(place: &Place, protos: &[String], options: &Options) -> Result<(Compiled, Model)> {
    let home = place.path("proto");
    let mut includes = vec![Include {
        prefix: None,
        dir: home.clone(),
    }];
    includes.extend(options.includes.iter().cloned());
    let protos: Vec<PathBuf> = protos.iter().map(|name| home.join(name)).collect();
    let compiled = proto::compile(&proto::Request {
        protos: protos
            .into_iter()
            .chain(options.add.iter().cloned())
            .collect(),
        includes,
    })?;
    let model = from_proto::model(&compiled)?;
    Ok((compiled, model))
}

impl Asked {
    pub(super) fn answers(&self) -> Answers {
        Answers {
            name: self.settings.name.clone(),
            features: self.settings.features.clone(),
            sample: self.settings.sample,
            deploy: self.settings.deploy.clone(),
        }
    }

    /// Fails if a proto from elsewhere would stand for another file in `proto/`.
    pub(super) fn check_new_protos(&self, yours: &Tree, fresh: &Rendered) -> Result<()> {
        let mut problems = Vec::new();
        for (name, shown) in &self.new {
            let path = format!("proto/{name}");
            let (Some(mine), Some(theirs)) = (yours.0.get(&path), fresh.tree.0.get(&path)) else {
                continue;
            };
            // Our own options are renewed by every render.
            if name != proto::policy::NAME && !merge::same(mine, theirs) {
                let message = format!("`{path}` is there and differs from `{shown}`");
                let hint = format!(
                    "copy it there yourself, then run `protosmith sync`: cp {shown} {path}"
                );
                problems.push(Problem::new(message).hint(hint));
            }
        }
        Error::check(problems)
    }
}
