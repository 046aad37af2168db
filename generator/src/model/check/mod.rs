//! What would keep the generated code from compiling, or the server from starting.
//!
//! In: descriptors. Out: problems with their places; none, if the code compiles. The names of services
//! and methods are not looked at, since [`super::names`] gives them names that compile.

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

use super::options::Options;
use super::places::{self, Places};
use crate::error::Problem;
use crate::proto::{Compiled, Source};

mod defaults;
mod google;
mod groups;
mod members;
mod policy;
mod scopes;

/// All that is wrong, in the order of the files.
pub(super) fn problems(compiled: &Compiled, files: &[&FileDescriptorProto]) -> Vec<Problem> {
    let mut scopes = scopes::Scopes::default();
    let options = Options::new(&compiled.pool);
    let mut problems = Vec::new();
    let own: Vec<_> = files
        .iter()
        .filter_map(|file| Some((*file, compiled.source(file.name())?)))
        .collect();
    for (file, _) in &own {
        scopes.package(file);
    }
    for (file, source) in &own {
        let places = Places::new(file);
        let mut told = Told {
            places: &places,
            source,
            problems: &mut problems,
        };
        google::check(file, &mut told);
        scopes.check(file, &mut told);
        policy::check(file, &options, &mut told);
        visit(file, &mut |thing| {
            members::check(&thing, &mut told);
            defaults::check(&thing, &compiled.pool, &mut told);
        });
    }
    groups::check(&own, &mut problems);
    problems
}

/// Where the problems of one file go.
struct Told<'a> {
    places: &'a Places<'a>,
    source: &'a Source,
    problems: &'a mut Vec<Problem>,
}

impl Told<'_> {
    /// Adds a problem at the thing that the path leads to.
    fn add(&mut self, problem: Problem, path: &[i32]) {
        self.problems
            .push(self.places.at(problem, self.source, path));
    }

    /// Says that a name has no letter or digit, so that nothing of it remains in Rust.
    ///
    /// Returns whether that is so.
    fn nameless(&mut self, what: &str, name: &str, path: &[i32]) -> bool {
        let nameless = !name.contains(|letter: char| letter.is_ascii_alphanumeric());
        if nameless {
            self.add(
                Problem::new(format!(
                    "the {what} `{name}` has no letter or digit, so it cannot have a name in Rust"
                ))
                .hint("rename it in the proto"),
                path,
            );
        }
        nameless
    }
}

/// A message or an enum of a file, at any depth.
enum Thing<'a> {
    Message {
        descriptor: &'a DescriptorProto,
        name: String,
        path: Vec<i32>,
    },
    Enum {
        descriptor: &'a EnumDescriptorProto,
        path: Vec<i32>,
    },
}

/// Shows all messages and enums of a file, outer ones first.
fn visit<'a>(file: &'a FileDescriptorProto, see: &mut impl FnMut(Thing<'a>)) {
    for (n, descriptor) in file.enum_type.iter().enumerate() {
        see(Thing::Enum {
            descriptor,
            path: vec![places::ENUMS, places::index(n)],
        });
    }
    for (n, message) in file.message_type.iter().enumerate() {
        visit_message(
            message,
            file.package(),
            &[places::MESSAGES, places::index(n)],
            see,
        );
    }
}

fn visit_message<'a>(
    message: &'a DescriptorProto,
    scope: &str,
    path: &[i32],
    see: &mut impl FnMut(Thing<'a>),
) {
    if is_map_entry(message) {
        return;
    }
    let name = full_name(scope, message.name());
    see(Thing::Message {
        descriptor: message,
        name: name.clone(),
        path: path.to_vec(),
    });
    for (n, descriptor) in message.enum_type.iter().enumerate() {
        see(Thing::Enum {
            descriptor,
            path: [path, &[places::NESTED_ENUMS, places::index(n)]].concat(),
        });
    }
    for (n, nested) in message.nested_type.iter().enumerate() {
        visit_message(
            nested,
            &name,
            &[path, &[places::NESTED, places::index(n)]].concat(),
            see,
        );
    }
}

/// The compiler makes a message of each map field, of which no Rust type is generated.
fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
}

/// The name of a thing within a package or a message.
fn full_name(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}
