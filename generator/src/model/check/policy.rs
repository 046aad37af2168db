//! Policies that mean nothing.

use prost_types::FileDescriptorProto;

use super::super::options::{Declared, Options};
use super::super::{places, quantity};
use super::{Told, full_name};
use crate::error::Problem;

/// Checks the options of the services of a file and of their methods.
pub(super) fn check(file: &FileDescriptorProto, options: &Options<'_>, told: &mut Told<'_>) {
    for (n, service) in file.service.iter().enumerate() {
        let name = full_name(file.package(), service.name());
        let Some((of_service, of_methods)) = options.declared(&name) else {
            continue;
        };
        let path = [places::SERVICES, places::index(n)];
        let mut tell = |whose: String, declared: &Declared, path: &[i32]| {
            for problem in problems(&whose, declared) {
                told.add(problem, path);
            }
        };
        tell(
            format!("the service `{}`", service.name()),
            &of_service,
            &path,
        );
        for (m, (method, declared)) in service.method.iter().zip(&of_methods).enumerate() {
            let path = [path.as_slice(), &[places::METHODS, places::index(m)]].concat();
            tell(format!("the method `{}`", method.name()), declared, &path);
        }
    }
}

/// All that is wrong with one option.
fn problems(whose: &str, declared: &Declared) -> Vec<Problem> {
    let mut problems = Vec::new();
    if declared.public == Some(true) && !declared.roles.is_empty() {
        problems.push(
            Problem::new(format!("{whose} is `public` and has `roles`")).hint(
                "drop one: callers of a public method need no token, and roles come with a token",
            ),
        );
    }
    for role in &declared.roles {
        if role.is_empty() {
            problems.push(
                Problem::new(format!("{whose} has a role without a name"))
                    .hint("remove it: without any role, every valid token will do"),
            );
        } else if role.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let message = format!(
                "{whose} has the role `{}`, in which is a blank or a control character",
                role.escape_debug()
            );
            problems.push(
                Problem::new(message)
                    .hint("write several roles as a list: `roles: [\"staff\", \"admin\"]`"),
            );
        }
    }
    let quantities = [
        ("rate.caller", &declared.caller_rate, rate as Read),
        ("rate.total", &declared.total_rate, rate),
        ("timeout", &declared.timeout, duration),
        ("slow", &declared.slow, duration),
    ];
    for (option, text, read) in quantities {
        let wrong = text.as_deref().and_then(|text| read(text).err());
        problems.extend(wrong.map(|wrong| Problem::new(format!("`{option}` of {whose}: {wrong}"))));
    }
    problems
}

/// Reads a quantity; fails with what was expected and found.
type Read = fn(&str) -> Result<(), String>;

// A text that cannot be read is read again as a message can show it, which mends nothing.

fn rate(text: &str) -> Result<(), String> {
    let shown = text.escape_debug();
    text.parse::<quantity::Rate>()
        .or_else(|_| shown.to_string().parse())
        .map(|_| ())
}

fn duration(text: &str) -> Result<(), String> {
    let shown = text.escape_debug();
    quantity::duration(text)
        .or_else(|_| quantity::duration(&shown.to_string()))
        .map(|_| ())
}
