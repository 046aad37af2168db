//! `protosmith inspect`.

use std::path::PathBuf;

use serde_json::json;

use super::{Format, Outcome, print, print_json, table::table};
use crate::model::{Model, Service};
use crate::proto::Include;
use crate::template;
use crate::ui::Shell;

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Shows what `protosmith new` would make of the protos, and refuses what it would refuse.

Examples:
  protosmith inspect --proto shop.proto
  protosmith inspect --proto shop.proto --format json | jq '.services[].methods[].name'")]
pub(super) struct Args {
    #[command(flatten)]
    protos: Protos,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The protos of a command.
#[derive(Debug, clap::Args)]
pub(super) struct Protos {
    /// A file with services (can be repeated); without any, the sample
    ///
    /// The file and the imports it reaches are copied into `proto/`.
    #[arg(long = "proto", value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// Where imports are looked up (can be repeated)
    ///
    /// `DIR` is a root, as protoc's `-I`. `PREFIX=DIR` puts the files of DIR under a prefix: with
    /// `github.com/acme/api=../api` the import "github.com/acme/api/a.proto" is `../api/a.proto`.
    /// Default: the folder from which the package and the imports of each FILE resolve.
    #[arg(short = 'I', long = "include", value_name = "[PREFIX=]DIR")]
    pub(super) includes: Vec<Include>,
}

pub(super) fn run(args: &Args, shell: Shell) -> Outcome {
    let read = || {
        crate::read_model(
            &template::embedded(),
            &args.protos.files,
            &args.protos.includes,
        )
    };
    let model = shell.patiently("on the protos", read)?;
    match args.format {
        Format::Text => print(shell, &text(&model)),
        Format::Json => print_json(shell, &json(&model)),
    }
}

fn text(model: &Model) -> String {
    let mut text = String::new();
    for service in &model.services {
        if !text.is_empty() {
            text.push('\n');
        }
        let mark = if service.deprecated {
            " (deprecated)"
        } else {
            ""
        };
        text += &format!(
            "{}{mark}  {}:{}\n",
            service.full_name(),
            service.file,
            service.line
        );
        let rows = service.methods.iter().map(|method| {
            let mark = if method.deprecated {
                " (deprecated)"
            } else {
                ""
            };
            vec![
                format!("  {}{mark}", method.name),
                method.kind.to_string(),
                format!(
                    "{} -> {}",
                    short(service, &method.input.proto),
                    short(service, &method.output.proto)
                ),
            ]
        });
        text += &table(&rows.collect::<Vec<_>>());
    }
    text
}

/// A message without the package, if it is the service's own.
fn short<'a>(service: &Service, message: &'a str) -> &'a str {
    let own = message
        .strip_prefix(&service.package)
        .and_then(|rest| rest.strip_prefix('.'));
    own.unwrap_or(message)
}

fn json(model: &Model) -> serde_json::Value {
    let services = model.services.iter().map(|service| {
        let methods = service.methods.iter().map(|method| {
            json!({
                "name": method.name,
                "path": format!("/{}/{}", service.full_name(), method.name),
                "kind": method.kind.to_string(),
                "request": method.input.proto,
                "response": method.output.proto,
                "function": method.function,
                "deprecated": method.deprecated,
                "docs": method.docs,
                "line": method.line,
            })
        });
        json!({
            "name": service.full_name(),
            "file": service.file,
            "line": service.line,
            "deprecated": service.deprecated,
            "docs": service.docs,
            "trait": format!("{}::{}::{}", service.rust.package, service.rust.server_module, service.rust.trait_name),
            "methods": methods.collect::<Vec<_>>(),
        })
    });
    let files = model
        .files
        .iter()
        .map(|file| json!({ "name": file.name, "given": file.given }));
    json!({ "services": services.collect::<Vec<_>>(), "files": files.collect::<Vec<_>>() })
}
