//! Messages that hold themselves where prost does not see it.
//!
//! A message that holds itself needs a box, which prost puts in. It finds such circles by following
//! fields, but it does not follow groups; so a circle through a group gets a box only if some other
//! field closes one.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::FileDescriptorProto;
use prost_types::field_descriptor_proto::{Label, Type};

use super::super::places::{self, Places};
use super::{Thing, visit};
use crate::error::Problem;
use crate::proto::Source;

/// A field that holds its message directly.
struct Held<'a> {
    from: String,
    to: String,
    field: &'a str,
    group: bool,
    path: Vec<i32>,
    /// Where the file is in the list.
    file: usize,
}

/// Checks all files together, since circles go through several.
pub(super) fn check(files: &[(&FileDescriptorProto, &Source)], problems: &mut Vec<Problem>) {
    let mut held = Vec::new();
    for (file, (descriptor, _)) in files.iter().enumerate() {
        visit(descriptor, &mut |thing| {
            let Thing::Message {
                descriptor,
                name,
                path,
            } = thing
            else {
                return;
            };
            for (n, field) in descriptor.field.iter().enumerate() {
                let group = field.r#type() == Type::Group;
                if field.label() != Label::Repeated && (group || field.r#type() == Type::Message) {
                    let path = [path.as_slice(), &[places::FIELDS, places::index(n)]].concat();
                    let to = field.type_name().trim_start_matches('.').to_owned();
                    held.push(Held {
                        from: name.clone(),
                        to,
                        field: field.name(),
                        group,
                        path,
                        file,
                    });
                }
            }
        });
    }
    // Groups are rare, and without them prost sees everything.
    if !held.iter().any(|held| held.group) {
        return;
    }
    let seen = edges(held.iter().filter(|held| !held.group));
    let unboxed: Vec<&Held<'_>> = held
        .iter()
        .filter(|held| !reaches(&seen, &held.to, &held.from))
        .collect();
    let left = edges(unboxed.iter().copied());
    for held in unboxed
        .iter()
        .filter(|held| held.group && reaches(&left, &held.to, &held.from))
    {
        let Some((descriptor, source)) = files.get(held.file) else {
            continue;
        };
        let message = format!(
            "the message `{}` holds itself by way of the group `{}`",
            held.from, held.field
        );
        let problem = Problem::new(message)
            .hint("make one of the fields on the way `repeated`, or the group a message");
        problems.push(Places::new(descriptor).at(problem, source, &held.path));
    }
}

/// Which messages are held by which.
fn edges<'a>(held: impl Iterator<Item = &'a Held<'a>>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for held in held {
        edges.entry(&held.from).or_default().push(&held.to);
    }
    edges
}

/// Whether one message holds the other, directly or not, or is it.
fn reaches(edges: &BTreeMap<&str, Vec<&str>>, from: &str, to: &str) -> bool {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(at) = waiting.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            waiting.extend(edges.get(at).into_iter().flatten());
        }
    }
    false
}
