//! Renders a [`Plan`] into a [`Tree`].
//!
//! In: the plan, which already names every file. Out: bytes for each of them, in path order. Never touches
//! the disk and never decides whether a file should exist: that is `plan`'s work. Tera is used here and nowhere else.
//!
//! Composition files stay in what Tera and Liquid have in common, so that `cargo generate` renders the same bytes.

use heck::{ToKebabCase as _, ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};
use serde_json::{Map, Value};
use tera::{Context, ErrorKind, Kwargs, State, Tera};

use crate::error::{Problem, Result};
use crate::plan::{Plan, Source};
use crate::template::COMPOSITION;
use crate::tree::{Bytes, Tree};

/// Renders every file of the plan.
///
/// `template` holds the composition files that the plan names, `stub` the one for a service. Fails
/// with the file and line in the template; the embedded template is tested not to.
pub fn tree(template: &Tree, stub: &str, plan: Plan) -> Result<Tree> {
    let mut engine = engine();
    let shared = context(&plan.variables);
    let mut tree = Tree::default();
    let mut stub_is_loaded = false;
    for (path, file) in plan.files {
        let bytes = match file.source {
            Source::Verbatim(bytes) => bytes,
            Source::Composed(name) => {
                load(&mut engine, template, &name)?;
                text(&engine, &name, &shared)?
            }
            Source::Stub(variables) => {
                if !stub_is_loaded {
                    load(&mut engine, template, stub)?;
                    stub_is_loaded = true;
                }
                text(&engine, stub, &context(&variables))?
            }
        };
        tree.0.insert(path, bytes);
    }
    Ok(tree)
}

/// What is wrong with the composition files of a template, found without rendering any.
pub fn check(template: &Tree) -> Vec<Problem> {
    let mut engine = engine();
    let composed = template
        .iter()
        .filter(|(name, _)| name.ends_with(COMPOSITION));
    let wrong = composed.filter_map(|(name, _)| load(&mut engine, template, name).err());
    wrong.flat_map(|error| error.problems).collect()
}

/// An engine with the filters that cargo-generate has too.
fn engine() -> Tera {
    let mut tera = Tera::default();
    tera.autoescape_on(Vec::<&str>::new());
    tera.register_filter("snake_case", |text: &str, _: Kwargs, _: &State| {
        text.to_snake_case()
    });
    tera.register_filter("kebab_case", |text: &str, _: Kwargs, _: &State| {
        text.to_kebab_case()
    });
    tera.register_filter("upper_camel_case", |text: &str, _: Kwargs, _: &State| {
        text.to_upper_camel_case()
    });
    tera.register_filter("shouty_snake_case", |text: &str, _: Kwargs, _: &State| {
        text.to_shouty_snake_case()
    });
    tera
}

fn context(variables: &Map<String, Value>) -> Context {
    let mut context = Context::new();
    for (name, value) in variables {
        context.insert(name.clone(), value);
    }
    context
}

fn load(engine: &mut Tera, template: &Tree, name: &str) -> Result<()> {
    let bytes = template
        .0
        .get(name)
        .ok_or_else(|| Problem::new("the template has no such file").at(name, None, None))?;
    let source =
        std::str::from_utf8(bytes).map_err(|_| Problem::new("not UTF-8").at(name, None, None))?;
    engine
        .add_raw_template(name, source)
        .map_err(|error| problem(name, &error).into())
}

fn text(engine: &Tera, name: &str, context: &Context) -> Result<Bytes> {
    let text = engine
        .render(name, context)
        .map_err(|error| problem(name, &error))?;
    Ok(Bytes::Owned(text.into_bytes()))
}

/// Tera's error with its place in the template.
fn problem(name: &str, error: &tera::Error) -> Problem {
    let file = format!("template/{name}");
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let span = report.span();
            Problem::new(report.message()).at(
                file,
                span.start_line as u32,
                span.start_col as u32 + 1,
            )
        }
        _ => Problem::new(error.to_string()).at(file, None, None),
    }
}
