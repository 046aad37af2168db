//! One service, before and after.

use prost_reflect::{MethodDescriptor, ServiceDescriptor};
use prost_types::method_options::IdempotencyLevel;

use super::{Breaks, ChangeKind, Changes, Subject, renamed};

pub(super) fn pair(
    changes: &mut Changes<'_>,
    before: &ServiceDescriptor,
    after: &ServiceDescriptor,
) {
    let file = after.parent_file();
    let find = |service: &ServiceDescriptor, name: &str| {
        service.methods().find(|method| method.name() == name)
    };
    let new: Vec<_> = after
        .methods()
        .filter(|method| find(before, method.name()).is_none())
        .collect();
    let gone: Vec<_> = before
        .methods()
        .filter(|method| find(after, method.name()).is_none())
        .collect();
    let mut taken = Vec::new();
    for old in before.methods() {
        let name = full_name(&old);
        let Some(new_method) = find(after, old.name()) else {
            let renamed = renamed::method(&old, &gone, &new);
            let message = match &renamed {
                Some(to) => format!("the method `{name}` is gone; it may be `{to}` now"),
                None => format!("the method `{name}` is gone"),
            };
            let kind = renamed
                .clone()
                .map_or(ChangeKind::Removed, ChangeKind::Renamed);
            taken.extend(renamed);
            let subject = Subject {
                what: "method",
                name: &name,
                file: file.name(),
                path: after.path(),
            };
            changes.push(subject, kind, Some("RPC_NO_DELETE"), Breaks::Code, message);
            continue;
        };
        method(changes, file.name(), &old, &new_method);
    }
    for method in new
        .iter()
        .filter(|method| !taken.iter().any(|name| name == method.name()))
    {
        let name = full_name(method);
        let subject = Subject {
            what: "method",
            name: &name,
            file: file.name(),
            path: method.path(),
        };
        changes.harmless(
            subject,
            ChangeKind::Added,
            format!("the method `{name}` is new"),
        );
    }
}

/// `acme.shop.v1.Shop/Buy`.
fn full_name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

fn method(
    changes: &mut Changes<'_>,
    file: &str,
    before: &MethodDescriptor,
    after: &MethodDescriptor,
) {
    let name = full_name(after);
    let subject = Subject {
        what: "method",
        name: &name,
        file,
        path: after.path(),
    };
    let mut wire = |rule, is: String, was: String| {
        changes.breaking(
            subject,
            rule,
            Breaks::Wire,
            format!("`{name}` {is}, it {was}"),
        );
    };
    let (was, is) = (before.input(), after.input());
    if was.full_name() != is.full_name() {
        wire(
            "RPC_SAME_REQUEST_TYPE",
            format!("takes `{}`", is.full_name()),
            format!("took `{}`", was.full_name()),
        );
    }
    let (was, is) = (before.output(), after.output());
    if was.full_name() != is.full_name() {
        wire(
            "RPC_SAME_RESPONSE_TYPE",
            format!("answers `{}`", is.full_name()),
            format!("answered `{}`", was.full_name()),
        );
    }
    for (rule, was, is, what) in [
        (
            "RPC_SAME_CLIENT_STREAMING",
            before.is_client_streaming(),
            after.is_client_streaming(),
            "takes",
        ),
        (
            "RPC_SAME_SERVER_STREAMING",
            before.is_server_streaming(),
            after.is_server_streaming(),
            "answers",
        ),
    ] {
        let form = |streams: bool| if streams { "a stream" } else { "one message" };
        if was != is {
            wire(
                rule,
                format!("{what} {}", form(is)),
                format!("was {}", form(was)),
            );
        }
    }
    let level = |method: &MethodDescriptor| {
        let options = method.method_descriptor_proto().options.as_ref();
        options.map_or(IdempotencyLevel::IdempotencyUnknown, |options| {
            options.idempotency_level()
        })
    };
    let (was, is) = (level(before), level(after));
    if was != is {
        let text = |level: IdempotencyLevel| format!("`{}`", level.as_str_name());
        wire(
            "RPC_SAME_IDEMPOTENCY_LEVEL",
            format!("is {}", text(is)),
            format!("was {}", text(was)),
        );
    }
}
