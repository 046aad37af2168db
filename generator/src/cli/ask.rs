//! Questions on a terminal, where `new` was not told what to make.

use std::path::{Path, PathBuf};

use inquire::validator::Validation;
use inquire::{InquireError, MultiSelect, Text};

use super::Failure;
use super::new::quoted;
use crate::answers;
use crate::error::Problem;
use crate::feature::{Choice, Manifest, Preset};
use crate::{Request, template};

/// What was answered.
pub(super) struct Asked {
    /// The folder to make.
    pub(super) dir: PathBuf,
    /// The command that would have said all of it.
    pub(super) command: String,
}

/// Asks for the folder, and for the protos and the features if the command line said nothing of them.
pub(super) fn new(request: &mut Request) -> Result<Asked, Failure> {
    let name = Text::new("Name of the project, and of its folder:")
        .with_default("greeter")
        .with_validator(|text: &str| {
            Ok(match answers::name(text) {
                Ok(_) => Validation::Valid,
                Err(error) => Validation::Invalid(error.problems[0].message.as_str().into()),
            })
        });
    let dir = name.prompt().map_err(failure)?;
    let mut command = format!("protosmith new {}", quoted(&dir));

    if request.protos.is_empty() {
        let proto = Text::new("Proto file:")
            .with_help_message("empty: the sample service")
            .with_validator(|text: &str| {
                let is_there = text.is_empty() || Path::new(text).is_file();
                Ok(if is_there {
                    Validation::Valid
                } else {
                    Validation::Invalid("there is no such file".into())
                })
            });
        let proto = proto.prompt().map_err(failure)?;
        if !proto.is_empty() {
            request.protos.push(proto.into());
        }
    }
    for proto in &request.protos {
        command += &format!(" --proto {}", quoted(&proto.display().to_string()));
    }
    for include in &request.includes {
        command += &format!(" --include {}", quoted(&include.to_string()));
    }

    if request.choice.preset == Preset::Standard
        && request.choice.with.is_empty()
        && request.choice.without.is_empty()
    {
        request.choice = features()?;
    }
    if request.choice.preset != Preset::Standard {
        command += &format!(" --preset {}", request.choice.preset.name());
    }
    for (flag, names) in [
        ("--with", &request.choice.with),
        ("--without", &request.choice.without),
    ] {
        if !names.is_empty() {
            command += &format!(" {flag} {}", names.join(","));
        }
    }
    Ok(Asked {
        dir: dir.into(),
        command,
    })
}

/// Lets the user tick features, and says the result as a difference to the standard preset.
fn features() -> Result<Choice, Failure> {
    let manifest = Manifest::read(&template::embedded())?;
    let standard = manifest
        .presets
        .get(Preset::Standard.name())
        .cloned()
        .unwrap_or_default();
    let labels = manifest
        .features
        .iter()
        .map(|feature| format!("{}: {}", feature.name, feature.summary))
        .collect();
    let ticked: Vec<usize> = (0..manifest.features.len())
        .filter(|&n| standard.contains(&manifest.features[n].name))
        .collect();
    let chosen = MultiSelect::new("Features:", labels)
        .with_default(&ticked)
        .raw_prompt()
        .map_err(failure)?;
    let chosen: Vec<&String> = chosen
        .iter()
        .map(|option| &manifest.features[option.index].name)
        .collect();
    Ok(Choice {
        preset: Preset::Standard,
        with: chosen
            .iter()
            .filter(|name| !standard.contains(name))
            .map(|name| (*name).clone())
            .collect(),
        without: standard
            .iter()
            .filter(|name| !chosen.contains(name))
            .cloned()
            .collect(),
    })
}

fn failure(error: InquireError) -> Failure {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            Failure::Interrupted
        }
        error => Problem::new(format!("cannot ask: {error}"))
            .hint("say it on the command line; see `--help`")
            .into(),
    }
}
