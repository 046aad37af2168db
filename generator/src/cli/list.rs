//! `protosmith list`.

use serde_json::json;

use super::template::Which;
use super::{Format, Outcome, files, methods, print, print_json, table::table};
use crate::feature::{Manifest, Preset};
use crate::ui::Shell;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The optional parts of a workspace: what each brings, and the presets that have it
    Features {
        #[command(flatten)]
        template: Which,

        /// How to write it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// The methods of a project: which are written, which still answer UNIMPLEMENTED, which are missing
    Methods(methods::Args),
    /// The files that protosmith rendered into a project: whose each is, and where it stands
    Files(files::List),
}

pub(super) fn run(args: &Args, shell: Shell) -> Outcome {
    match &args.what {
        What::Features { format, template } => features(*format, template, shell),
        What::Methods(args) => methods::run(args, shell),
        What::Files(args) => files::list(args, shell),
    }
}

fn features(format: Format, template: &Which, shell: Shell) -> Outcome {
    let manifest = Manifest::read(&template.read()?)?;
    match format {
        Format::Text => print(shell, &text(&manifest)),
        Format::Json => print_json(shell, &json(&manifest)),
    }
}

fn text(manifest: &Manifest) -> String {
    let mut rows = vec![["FEATURE", "PRESETS", "BRINGS"].map(str::to_owned).to_vec()];
    for feature in &manifest.features {
        let mut brings = feature.summary.clone();
        if !feature.requires.is_empty() {
            brings += &format!(" (needs {})", feature.requires.join(", "));
        }
        rows.push(vec![
            feature.name.clone(),
            presets(manifest, &feature.name).join(", "),
            brings,
        ]);
    }
    let mut text = table(&rows);
    if !manifest.planned.is_empty() {
        text += "\nLaid down for later versions, not to be had yet:\n";
        let planned = manifest
            .planned
            .iter()
            .map(|planned| vec![planned.name.clone(), planned.summary.clone()]);
        text += &table(&planned.collect::<Vec<_>>());
    }
    text
}

fn json(manifest: &Manifest) -> serde_json::Value {
    let features = manifest.features.iter().map(|feature| {
        json!({
            "name": feature.name,
            "summary": feature.summary,
            "presets": presets(manifest, &feature.name),
            "requires": feature.requires,
            "conflicts": feature.conflicts,
        })
    });
    let planned = manifest
        .planned
        .iter()
        .map(|planned| json!({ "name": planned.name, "summary": planned.summary }));
    json!({ "features": features.collect::<Vec<_>>(), "planned": planned.collect::<Vec<_>>() })
}

/// The presets that have the feature, the smallest first.
fn presets(manifest: &Manifest, feature: &str) -> Vec<&'static str> {
    let presets = [Preset::Minimal, Preset::Standard, Preset::Full].map(Preset::name);
    let has = |preset: &&str| {
        manifest
            .presets
            .get(*preset)
            .is_some_and(|names| names.iter().any(|name| name == feature))
    };
    presets.into_iter().filter(has).collect()
}
