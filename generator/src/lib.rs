//! Turns protos and a list of features into a production-ready tonic workspace.
//!
//! ```text
//!  .proto ──proto──► descriptors ──model──► Model ────┐
//!  command line ─cli─► Answers ───────────────────────┼─plan─► Plan ─render─► Tree ─write─► disk
//!  template/cargo-generate.toml ─feature─► Selection ─┘
//! ```
//!
//! The stages from `model` to `render` are values in, values out: same inputs, same bytes. Only
//! `proto::read` reads protos and only `write` writes, through `fs`; each names the file in every
//! error. Only `ui` prints; only `model` knows descriptors; only `render` knows Tera.

pub mod adopt;
pub mod answers;
pub mod cli;
pub mod deploy;
pub mod error;
pub mod evolution;
pub mod feature;
pub mod merge;
pub mod model;
pub mod plan;
pub mod project;
pub mod proto;
pub mod render;
pub mod stub;
pub mod sync;
pub mod template;
pub mod tree;
pub mod write;

mod existing;
mod fs;
mod git;
mod interrupt;
mod keyword;
mod layout;
#[cfg(test)]
mod rustfmt;
mod ui;
mod unenforced;

use std::collections::BTreeMap;

use answers::Answers;
use deploy::Deploy;
use error::{Error, Problem, Result};
use feature::{Choice, Manifest};
use model::Model;
use plan::{Owner, Settled};
use tree::Tree;

/// What `new` is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The project's name, as [`answers::name`] takes it.
    pub name: String,
    /// The optional parts.
    pub choice: Choice,
    /// The protos; none means the sample.
    pub protos: Vec<std::path::PathBuf>,
    /// Where imports are looked up.
    pub includes: Vec<proto::Include>,
}

/// A workspace that is ready to be written.
#[derive(Debug)]
pub struct Rendered {
    /// What was asked for, made complete.
    pub answers: Answers,
    /// What the protos hold.
    pub model: Model,
    /// The files.
    pub tree: Tree,
    /// Who keeps each of them up to date.
    pub owners: BTreeMap<String, Owner>,
    /// What the user should know of all this, though nothing is wrong with it.
    pub warnings: Vec<Problem>,
}

/// The whole pipeline but for writing. Fails with everything that is wrong with the request.
pub fn render(request: &Request) -> Result<Rendered> {
    render_with(&template::embedded(), request)
}

/// As [`render()`], of a team's own template.
pub fn render_with(template: &Tree, request: &Request) -> Result<Rendered> {
    let manifest = Manifest::read(template)?;
    let (name, features, model) = all(
        answers::name(&request.name),
        feature::select(&manifest, &request.choice),
        read_model(template, &request.protos, &request.includes),
    )?;
    let answers = Answers {
        deploy: Deploy::new(&name),
        name,
        features,
        sample: request.protos.is_empty(),
    };
    assemble(template, &manifest, answers, model, &Settled::new())
}

/// The pure half of the pipeline: from what is asked for, what the protos hold and where handlers are to the files.
fn assemble(
    template: &Tree,
    manifest: &Manifest,
    answers: Answers,
    model: Model,
    settled: &Settled,
) -> Result<Rendered> {
    let plan = plan::plan(template, manifest, &answers, &model, settled)?;
    let owners = plan
        .files
        .iter()
        .map(|(path, file)| (path.clone(), file.owner))
        .collect();
    let tree = render::tree(template, &manifest.stub, plan)?;
    let warnings = unenforced::warnings(manifest, &answers.features, &model);
    Ok(Rendered {
        answers,
        model,
        tree,
        owners,
        warnings,
    })
}

/// The model of the protos, or of the sample if there are none.
pub fn read_model(
    template: &Tree,
    protos: &[std::path::PathBuf],
    includes: &[proto::Include],
) -> Result<Model> {
    let compiled = if protos.is_empty() {
        let text = template.0.get(&format!("proto/{SAMPLE}")).ok_or_else(|| {
            Problem::new("the template has no sample").hint("name a proto with `--proto FILE`")
        })?;
        proto::compile_embedded(SAMPLE, &String::from_utf8_lossy(text))?
    } else {
        proto::compile(&proto::Request {
            protos: protos.to_vec(),
            includes: includes.to_vec(),
        })?
    };
    model::from_proto::model(&compiled)
}

/// The proto that stands in where the user has none, by its import name.
pub(crate) const SAMPLE: &str = "greeter/v1/greeter.proto";

/// All three, or all that is wrong with any of them.
fn all<A, B, C>(a: Result<A>, b: Result<B>, c: Result<C>) -> Result<(A, B, C)> {
    match (a, b, c) {
        (Ok(a), Ok(b), Ok(c)) => Ok((a, b, c)),
        (a, b, c) => Err(Error::gather([a.err(), b.err(), c.err()])),
    }
}
