//! What `cargo package` holds: an installed binary needs nothing beside it.

use std::collections::BTreeSet;
use std::process::Command;

use crate::workspace::repository;

#[test]
fn the_package_holds_the_whole_template() {
    let list = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "-p", "protosmith"])
        .current_dir(repository(""))
        .output()
        .expect("cargo runs");
    assert!(
        list.status.success(),
        "{}",
        String::from_utf8_lossy(&list.stderr)
    );
    let packaged = String::from_utf8_lossy(&list.stdout);
    let packaged: BTreeSet<_> = packaged
        .lines()
        .filter_map(|path| path.strip_prefix("template/"))
        .collect();
    let template = protosmith::template::embedded();
    let ours: BTreeSet<_> = template.iter().map(|(path, _)| path).collect();
    assert_eq!(packaged, ours);
}
