//! `protosmith inspect`.

use std::path::PathBuf;

use serde_json::json;

use super::against::{self, Deny};
use super::{Format, Outcome, print, print_json, table::table};
use crate::model::{Access, Idempotency, Method, Model, Policy, Service};
use crate::proto::Include;
use crate::template;
use crate::ui::Shell;

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Shows what `protosmith new` would make of the protos, and refuses what it would refuse.

What methods declare with `protosmith/options.proto` is in columns of its own, which are there if \
some method declares such a thing. In JSON every method has its `policy` and `idempotency`: `null` is what nobody \
declares, and no `roles` without `public` is any valid token.

With `--against` it shows instead what has changed since, the worst first, under the names of buf's breaking rules. A change \
breaks `wire` (every caller that was built before), `json` (callers that speak JSON), `code` (what is generated, also our Rust), \
`files` (only languages that generate by file), or nothing.

Examples:
  protosmith inspect --proto shop.proto
  protosmith inspect --against main --deny breaking        in a project: for CI
  protosmith inspect --proto shop.proto --against ../released/proto
  protosmith inspect --proto shop.proto --format json | jq '.services[].methods[].name'")]
pub(super) struct Args {
    #[command(flatten)]
    protos: Protos,

    /// Show what has changed since: a folder with protos, a project, or a git revision
    ///
    /// Without `--proto`, the protos of the project in this folder are compared.
    #[arg(long, value_name = "DIR|REV")]
    against: Option<String>,

    /// Fail if something has changed so
    #[arg(long, value_enum, requires = "against")]
    deny: Option<Deny>,

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
    if let Some(against) = &args.against {
        return against::run(&args.protos, against, args.deny, args.format, shell);
    }
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
    let mut methods = model.services.iter().flat_map(|service| &service.methods);
    let access = methods.any(|method| method.policy.access != Access::Token);
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
            let mut cells = vec![
                format!("  {}{mark}", method.name),
                method.kind.to_string(),
                format!(
                    "{} -> {}",
                    short(service, &method.input.proto),
                    short(service, &method.output.proto)
                ),
            ];
            cells.extend(declared(method, access));
            cells
        });
        text += &table(&rows.collect::<Vec<_>>());
    }
    text
}

/// What a method declares besides its messages; `access` tells whether any declares who may call it.
fn declared(method: &Method, access: bool) -> [String; 5] {
    let Policy {
        access: who,
        caller_rate,
        total_rate,
        timeout,
        slow,
    } = &method.policy;
    let named = |name: &str, text: &Option<String>| match text {
        Some(text) => format!("{name} {text}"),
        None => String::new(),
    };
    let rate = match (caller_rate, total_rate) {
        (Some(caller), Some(total)) => format!("rate {caller} per caller, {total} in all"),
        (Some(caller), None) => format!("rate {caller} per caller"),
        (None, Some(total)) => format!("rate {total} in all"),
        (None, None) => String::new(),
    };
    [
        if access {
            who.to_string()
        } else {
            String::new()
        },
        named("timeout", timeout),
        rate,
        named("slow", slow),
        idempotency(method).unwrap_or_default(),
    ]
}

fn idempotency(method: &Method) -> Option<String> {
    let declared = method.idempotency != Idempotency::Unknown;
    declared.then(|| method.idempotency.to_string())
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
                "policy": policy(&method.policy),
                "idempotency": idempotency(method),
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

fn policy(policy: &Policy) -> serde_json::Value {
    let roles = match &policy.access {
        Access::Roles(roles) => roles.as_slice(),
        Access::Token | Access::Public => &[],
    };
    json!({
        "public": policy.access == Access::Public,
        "roles": roles,
        "rate": { "caller": policy.caller_rate, "total": policy.total_rate },
        "timeout": policy.timeout,
        "slow": policy.slow,
    })
}
