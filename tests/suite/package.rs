//! What `cargo package` holds: an installed binary needs nothing beside it.

use std::collections::BTreeSet;
use std::process::Command;

use crate::command::{succeeds, text};
use crate::workspace::repository;

#[test]
fn the_package_holds_the_whole_template() {
    let packaged = text(&succeeds(
        Command::new(env!("CARGO"))
            .args(["package", "--list", "--allow-dirty", "-p", "protosmith"])
            .current_dir(repository("")),
    ));
    let packaged: BTreeSet<_> = packaged
        .lines()
        .filter_map(|path| path.strip_prefix("template/"))
        .collect();
    let template = protosmith::template::embedded();
    let ours: BTreeSet<_> = template.iter().map(|(path, _)| path).collect();
    assert_eq!(packaged, ours);
}
