//! Features come and go: what `new` makes of them is there in the end, with the user's edits.

use crate::project::{Project, assert_same};
use crate::sync::tells;

#[test]
fn features_go_as_cleanly_as_they_come() {
    let project = Project::new(&["health"]);
    let before = project.files();
    project.ends(0, &["add", "audit", "auth"]);
    assert_same(
        &project.tools(),
        &Project::new(&["health", "audit", "auth"]).tools(),
    );
    let said = project.ends(0, &["remove", "auth,audit"]);
    assert!(
        tells(&said, "removed", "crates/chassis/src/config/audit.rs"),
        "{said}"
    );
    assert_same(&project.files(), &before);
    let said = project.ends(1, &["add", "metrics"]);
    assert!(said.contains("needs `admin`"), "{said}");
    let said = project.ends(1, &["remove", "audit", "halth"]);
    assert!(
        said.contains("`audit` is not in this project") && said.contains("`health`"),
        "{said}"
    );
}

#[test]
fn edited_files_of_a_removed_feature_are_kept_and_named() {
    let project = Project::new(&["health", "audit"]);
    let file = "crates/chassis/src/config/audit.rs";
    let text = project.read(file);
    project.write(file, &format!("{text}// mine\n"));
    let said = project.ends(0, &["remove", "audit"]);
    assert!(said.contains(&format!("kept     {file}")), "{said}");
    assert!(project.read(file).ends_with("// mine\n"));
    // They were edits of the feature's file, and are again.
    project.ends(0, &["add", "audit"]);
    assert!(project.read(file).ends_with("// mine\n"));
    assert!(
        project
            .ends(0, &["sync", "--check"])
            .contains(&format!("edited  tool   {file}"))
    );
}

/// The features in any order, with an edit, are the same in the end.
#[test]
fn the_order_of_changes_makes_no_difference() {
    let orders = [
        ["audit", "auth", "compression"],
        ["compression", "audit", "auth"],
        ["auth", "compression", "audit"],
    ];
    let trees = orders.map(|order| {
        let project = Project::new(&["health", "ci"]);
        project.edit("config/default.yaml", "\n", "\n# mine\n");
        for feature in order {
            project.ends(0, &["add", feature]);
        }
        project.ends(0, &["remove", "ci"]);
        project.tools()
    });
    assert_same(&trees[0], &trees[1]);
    assert_same(&trees[0], &trees[2]);
    let mut expected = Project::new(&["health", "audit", "auth", "compression"]).tools();
    let config = expected["config/default.yaml"].replacen('\n', "\n# mine\n", 1);
    expected.insert("config/default.yaml".to_owned(), config);
    assert_same(&trees[0], &expected);
}

#[test]
fn changed_settings_are_written_with_the_files_that_follow_from_them() {
    let project = Project::new(&["health"]);
    project.ends(0, &["sync", "--with", "audit", "--only", "config/**"]);
    assert!(project.read("protosmith.toml").contains("\"audit\""));
    assert!(project.read("config/default.yaml").contains("\naudit:\n"));
    assert!(!project.path("crates/chassis/src/config/audit.rs").exists());
    project.ends(0, &["sync"]);
    assert_same(
        &project.tools(),
        &Project::new(&["health", "audit"]).tools(),
    );
}
