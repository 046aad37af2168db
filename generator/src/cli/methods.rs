//! `protosmith list methods`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Format, Outcome, print, print_json, table::table};
use crate::error::{Place, Problem};
use crate::stub::{self, ServiceCrate, Standing, Survey};
use crate::ui::Shell;
use crate::{existing, model, proto};

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Looks for the handler of each service, wherever in `crates/service/src` it lies. A method is `written`, a `stub` that \
answers UNIMPLEMENTED, `missing` (`protosmith sync` inserts it), or `unknown`: its handler is not found, or cannot be read.
What the handlers have and the protos do not have any more, and what changed, is warned of with its place.

Examples:
  protosmith list methods
  protosmith list methods --format json | jq '.methods[] | select(.state != \"written\")'")]
pub(super) struct Args {
    /// The folder of the project
    #[arg(default_value = ".")]
    dir: PathBuf,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, shell: Shell) -> Outcome {
    let folder = existing::below(&args.dir, "crates/service");
    let survey = || {
        let request = existing::protos(&args.dir)?;
        let model = model::from_proto::model(&proto::compile(&request)?)?;
        let files = existing::sources(&folder.join("src"))?;
        let service_crate = ServiceCrate {
            folder: &existing::slashed(&folder),
            files: &files,
        };
        stub::survey(service_crate, &model)
    };
    let survey = shell.patiently("on the handlers", survey)?;
    match args.format {
        Format::Text => {
            let problems = [&survey.changed, &survey.gone].into_iter().flatten();
            let refused = survey.refused.iter().map(|refusal| &refusal.problem);
            shell.warn(&problems.chain(refused).cloned().collect::<Vec<_>>());
            print(shell, &text(&survey))
        }
        Format::Json => print_json(shell, &json(&survey)),
    }
}

fn text(survey: &Survey) -> String {
    let mut rows = vec![["METHOD", "STATE", "WHERE"].map(str::to_owned).to_vec()];
    for standing in &survey.methods {
        let at = standing.at.as_ref().map(ToString::to_string);
        rows.push(vec![
            name(standing),
            standing.state.name().to_owned(),
            at.unwrap_or_default(),
        ]);
    }
    table(&rows)
}

/// `greeter.v1.Greeter/SayHello`.
fn name(standing: &Standing) -> String {
    format!("{}/{}", standing.service, standing.method)
}

fn json(survey: &Survey) -> Value {
    let methods = survey.methods.iter().map(|standing| {
        json!({
            "name": name(standing),
            "state": standing.state.name(),
            "file": standing.at.as_ref().map(|at| &at.file),
            "line": standing.at.as_ref().and_then(|at| at.line),
        })
    });
    let refused = survey.refused.iter().map(|refusal| {
        let mut told = problem(&refusal.problem);
        told["paste"] = json!(refusal.paste);
        told
    });
    json!({
        "methods": methods.collect::<Vec<_>>(),
        "changed": survey.changed.iter().map(problem).collect::<Vec<_>>(),
        "gone": survey.gone.iter().map(problem).collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}

/// A problem with its place and remedy, `null` where there is none.
pub(super) fn problem(problem: &Problem) -> Value {
    let Place { file, line, .. } = match &problem.at {
        Some(place) => place.clone(),
        None => {
            return json!({ "message": problem.message, "file": null, "line": null, "hint": problem.hint });
        }
    };
    json!({ "message": problem.message, "file": file, "line": line, "hint": problem.hint })
}
