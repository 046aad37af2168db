//! A team's own template: its features, its files, and projects that stay with it.

use std::process::Output;

use crate::workspace::protosmith;

struct Team {
    home: tempfile::TempDir,
}

impl Team {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let team = Self { home };
        team.ends(0, &["template", "eject", "ours"]);
        team
    }

    fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let mut command = protosmith();
        command.args(arguments).current_dir(self.home.path());
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&stdout) + &text(&stderr);
        assert_eq!(status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.home.path().join(path)).unwrap_or_default()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// A feature of the team's, with a file of its own.
    fn with_feature(&self) {
        let manifest = "ours/cargo-generate.toml";
        self.edit(
            manifest,
            "choices = [\n",
            "choices = [\n    { value = \"legal\", label = \"legal: our licence\" },\n",
        );
        self.edit(
            manifest,
            "[hooks]",
            "[conditional.'!features.contains(\"legal\")']\nignore = [\"LEGAL.md\"]\n\n[hooks]",
        );
        self.edit(
            manifest,
            "[protosmith.features.health]",
            "[protosmith.features.legal]\nsummary = \"our licence\"\n\n[protosmith.features.health]",
        );
        self.write("ours/LEGAL.md", "Ours.\n");
        self.edit(
            "ours/protosmith.toml.liquid",
            "{%- if health %}",
            "{%- if legal %}\n    \"legal\",\n{%- endif %}\n{%- if health %}",
        );
    }
}

#[test]
fn an_ejected_template_renders_what_ours_does() {
    let team = Team::new();
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
    let team = Team::new();
    team.with_feature();
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
    let team = Team::new();
    team.edit("ours/README.md.liquid", "\n", "\n{% if health %}\n");
    let said = team.ends(1, &["new", "shop", "--template", "ours"]);
    assert!(said.contains("--> ours/README.md.liquid:"), "{said}");
    team.edit("ours/cargo-generate.toml", "[template]", "[template");
    let said = team.ends(1, &["template", "check", "ours"]);
    assert!(said.contains("--> ours/cargo-generate.toml:"), "{said}");
    let said = team.ends(1, &["new", "shop", "--template", "elsewhere"]);
    assert!(said.contains("`elsewhere` is no template"), "{said}");
}
