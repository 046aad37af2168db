//! The services, messages and enums of a file: which are gone, elsewhere, new, and what became of the others.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor};

use super::{Breaks, ChangeKind, Changes, Subject, enums, messages, renamed, services};

/// The services, messages and enums that a file had, and those that are new.
pub(super) fn definitions(
    changes: &mut Changes<'_>,
    was: &DescriptorPool,
    before: Option<&FileDescriptor>,
    after: Option<&FileDescriptor>,
) {
    let pool = changes.after.pool.clone();
    let shown = after.or(before).map(|file| file.name().to_owned());
    let shown = shown.unwrap_or_default();
    let is_here = |file: &FileDescriptor| after.is_some_and(|after| after.name() == file.name());

    let new_services: Vec<_> = after
        .iter()
        .flat_map(|after| after.services())
        .filter(|new| was.get_service_by_name(new.full_name()).is_none())
        .collect();
    let new_messages: Vec<_> = after
        .iter()
        .flat_map(|after| all_messages(after).into_values())
        .filter(|new| was.get_message_by_name(new.full_name()).is_none())
        .collect();
    let new_enums: Vec<_> = after
        .iter()
        .flat_map(|after| all_enums(after).into_values())
        .filter(|new| was.get_enum_by_name(new.full_name()).is_none())
        .collect();
    let mut taken = BTreeSet::new();

    for old in before.iter().flat_map(|before| before.services()) {
        let gone = Gone {
            what: "service",
            name: old.full_name(),
            file: &shown,
            rules: ["SERVICE_NO_DELETE", "PACKAGE_SERVICE_NO_DELETE"],
            is_file_gone: after.is_none(),
        };
        match pool.get_service_by_name(old.full_name()) {
            Some(new) => {
                if !is_here(&new.parent_file()) {
                    gone.moved(changes, new.parent_file().name(), new.path());
                }
                services::pair(changes, &old, &new);
            }
            None => taken.extend(gone.removed(changes, renamed::service(&old, &new_services))),
        }
    }
    for old in before
        .iter()
        .flat_map(|before| all_messages(before).into_values())
    {
        let gone = Gone {
            what: "message",
            name: old.full_name(),
            file: &shown,
            rules: ["MESSAGE_NO_DELETE", "PACKAGE_MESSAGE_NO_DELETE"],
            is_file_gone: after.is_none(),
        };
        match pool.get_message_by_name(old.full_name()) {
            Some(new) => {
                if !is_here(&new.parent_file()) {
                    gone.moved(changes, new.parent_file().name(), new.path());
                }
                messages::pair(changes, &old, &new);
            }
            None => taken.extend(gone.removed(changes, renamed::message(&old, &new_messages))),
        }
    }
    for old in before
        .iter()
        .flat_map(|before| all_enums(before).into_values())
    {
        let gone = Gone {
            what: "enum",
            name: old.full_name(),
            file: &shown,
            rules: ["ENUM_NO_DELETE", "PACKAGE_ENUM_NO_DELETE"],
            is_file_gone: after.is_none(),
        };
        match pool.get_enum_by_name(old.full_name()) {
            Some(new) => {
                if !is_here(&new.parent_file()) {
                    gone.moved(changes, new.parent_file().name(), new.path());
                }
                enums::pair(changes, &old, &new);
            }
            None => taken.extend(gone.removed(changes, renamed::enumeration(&old, &new_enums))),
        }
    }
    for old in before.iter().flat_map(|before| before.extensions()) {
        if after.is_some_and(|after| after.extensions().all(|new| new.name() != old.name())) {
            let message = format!("the extension `{}` is gone from `{shown}`", old.full_name());
            let subject = Subject {
                what: "extension",
                name: old.full_name(),
                file: &shown,
                path: &[],
            };
            changes.push(
                subject,
                ChangeKind::Removed,
                Some("EXTENSION_NO_DELETE"),
                Breaks::Files,
                message,
            );
        }
    }

    let services = new_services
        .iter()
        .map(|new| ("service", new.full_name(), new.path()));
    let messages = new_messages
        .iter()
        .map(|new| ("message", new.full_name(), new.path()));
    let enums = new_enums
        .iter()
        .map(|new| ("enum", new.full_name(), new.path()));
    for (what, name, path) in services.chain(messages).chain(enums) {
        // What is in something new is new by itself.
        let is_within_new = new_messages.iter().any(|new| {
            name.strip_prefix(new.full_name())
                .is_some_and(|rest| rest.starts_with('.'))
        });
        if !is_within_new && !taken.contains(name) {
            let subject = Subject {
                what,
                name,
                file: &shown,
                path,
            };
            changes.harmless(
                subject,
                ChangeKind::Added,
                format!("the {what} `{name}` is new"),
            );
        }
    }
}

/// Something that is not in its file any more.
struct Gone<'a> {
    what: &'static str,
    name: &'a str,
    file: &'a str,
    /// By file, by package.
    rules: [&'static str; 2],
    is_file_gone: bool,
}

impl Gone<'_> {
    /// It is in another file.
    fn moved(&self, changes: &mut Changes<'_>, to: &str, path: &[i32]) {
        // The file's own rule tells the rest.
        let [rule, _] = self.rules;
        let (rule, breaks) = match self.is_file_gone {
            true => (None, Breaks::Nothing),
            false => (Some(rule), Breaks::Files),
        };
        let message = format!("the {} `{}` is in `{to}` now", self.what, self.name);
        let subject = Subject {
            what: self.what,
            name: self.name,
            file: to,
            path,
        };
        changes.push(subject, ChangeKind::Moved, rule, breaks, message);
    }

    /// It is nowhere; gives the name that it may have now.
    fn removed(&self, changes: &mut Changes<'_>, renamed: Option<String>) -> Option<String> {
        let [by_file, by_package] = self.rules;
        let rule = if self.is_file_gone {
            by_package
        } else {
            by_file
        };
        let (what, name) = (self.what, self.name);
        let (kind, message) = match &renamed {
            Some(to) => (
                ChangeKind::Renamed(to.clone()),
                format!("the {what} `{name}` is gone; it may be `{to}` now"),
            ),
            None => (ChangeKind::Removed, format!("the {what} `{name}` is gone")),
        };
        let subject = Subject {
            what,
            name,
            file: self.file,
            path: &[],
        };
        changes.push(subject, kind, Some(rule), Breaks::Code, message);
        renamed
    }
}

/// Every message of a file, also those in others, but for the entries of maps.
fn all_messages(file: &FileDescriptor) -> BTreeMap<Vec<i32>, MessageDescriptor> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<_> = file.messages().collect();
    while let Some(message) = waiting.pop() {
        if !message.is_map_entry() {
            waiting.extend(message.child_messages());
            found.insert(message.path().to_vec(), message);
        }
    }
    found
}

/// Every enum of a file, also those in messages.
fn all_enums(file: &FileDescriptor) -> BTreeMap<Vec<i32>, EnumDescriptor> {
    let messages = all_messages(file);
    let nested = messages
        .values()
        .flat_map(|message| message.child_enums().collect::<Vec<_>>());
    file.enums()
        .chain(nested)
        .map(|found| (found.path().to_vec(), found))
        .collect()
}
