//! A team's own template: its features, its files, and projects that stay with it.

use crate::project::Project;

/// A folder with our template, ejected, as `ours`.
fn ejected() -> Project {
    let team = Project::nothing();
    team.ends(0, &["template", "eject", "ours"]);
    team
}

/// A feature of the team's, with a file of its own.
fn add_feature(team: &Project) {
    let manifest = "ours/cargo-generate.toml";
    team.edit(
        manifest,
        "choices = [\n",
        "choices = [\n    { value = \"legal\", label = \"legal: our licence\" },\n",
    );
    team.edit(
        manifest,
        "[hooks]",
        "[conditional.'!features.contains(\"legal\")']\nignore = [\"LEGAL.md\"]\n\n[hooks]",
    );
    team.edit(
        manifest,
        "[protosmith.features.health]",
        "[protosmith.features.legal]\nsummary = \"our licence\"\n\n[protosmith.features.health]",
    );
    team.write("ours/LEGAL.md", "Ours.\n");
    team.edit(
        "ours/protosmith.toml.liquid",
        "{%- if health %}",
        "{%- if legal %}\n    \"legal\",\n{%- endif %}\n{%- if health %}",
    );
}

#[test]
fn an_ejected_template_renders_what_ours_does() {
    let team = ejected();
    team.ends(0, &["template", "check", "ours"]);
    team.ends(0, &["new", "a/greeter", "--template", "ours", "-q"]);
    team.ends(0, &["new", "b/greeter", "-q"]);
    for path in ["Cargo.toml", "crates/server/src/app.rs", "README.md"] {
        assert_eq!(
            team.read(&format!("a/greeter/{path}")),
            team.read(&format!("b/greeter/{path}"))
        );
    }
    let refused = team.ends(1, &["template", "eject", "ours"]);
    assert!(refused.contains("not empty"), "{refused}");
}

#[test]
fn a_project_stays_with_its_template() {
    let team = ejected();
    add_feature(&team);
    assert!(
        team.ends(0, &["list", "features", "--template", "ours"])
            .contains("our licence")
    );
    team.ends(
        0,
        &[
            "new",
            "shops/shop",
            "--template",
            "ours",
            "--preset",
            "minimal",
            "-q",
        ],
    );
    let settings = team.read("shops/shop/protosmith.toml");
    assert!(settings.contains("dir = \"../../ours\""), "{settings}");
    let inside = ["-C", "shops/shop"];
    team.ends(0, &[&["sync"], &inside[..]].concat());
    team.ends(0, &[&["sync", "--check"], &inside[..]].concat());
    assert!(
        team.ends(0, &[&["sync"], &inside[..]].concat())
            .contains("up to date")
    );

    team.ends(0, &[&["add", "legal"], &inside[..]].concat());
    assert_eq!(team.read("shops/shop/LEGAL.md"), "Ours.\n");
    assert!(
        team.read("shops/shop/.protosmith/lock.toml")
            .contains("template = \"")
    );

    // A newer state of the template, with an edit in the project.
    team.write("ours/LEGAL.md", "Ours, and nobody else's.\n");
    let said = team.ends(3, &[&["sync", "--check"], &inside[..]].concat());
    assert!(said.contains("stale   tool   LEGAL.md"), "{said}");
    team.ends(0, &[&["sync"], &inside[..]].concat());
    assert!(team.read("shops/shop/LEGAL.md").contains("nobody else's"));
    assert!(
        team.read("shops/shop/protosmith.toml")
            .contains("../../ours")
    );
    team.ends(0, &[&["sync", "--check"], &inside[..]].concat());
}

#[test]
fn mistakes_have_their_place_in_the_teams_folder() {
    let team = ejected();
    team.edit("ours/README.md.liquid", "\n", "\n{% if health %}\n");
    let said = team.ends(1, &["new", "shop", "--template", "ours"]);
    assert!(said.contains("--> ours/README.md.liquid:"), "{said}");
    team.edit("ours/cargo-generate.toml", "[template]", "[template");
    let said = team.ends(1, &["template", "check", "ours"]);
    assert!(said.contains("--> ours/cargo-generate.toml:"), "{said}");
    let said = team.ends(1, &["new", "shop", "--template", "elsewhere"]);
    assert!(said.contains("`elsewhere` is no template"), "{said}");
}
