//! Nobody ever loses an edit, and nobody is afraid to run `sync`.

use std::time::SystemTime;

use crate::command::git;
use crate::project::{Project, assert_same, replaced};

/// A line that this version renders, and what an older one had there.
const FILE: &str = "crates/server/src/main.rs";

/// A project of an older version: two files have another text.
fn older() -> Project {
    Project::of(&["health"], Vec::new(), |tree| {
        replaced(tree, FILE, "fn main()", "fn older_main()");
        replaced(tree, "rustfmt.toml", "2024", "2021");
    })
}

fn times(project: &Project) -> Vec<(String, SystemTime)> {
    let mut files: Vec<String> = project.files().into_keys().collect();
    files.push(".protosmith/lock.toml".to_owned());
    let time = |path: String| {
        let metadata = std::fs::metadata(project.path(&path)).expect("it is there");
        (path, metadata.modified().expect("a time"))
    };
    files.into_iter().map(time).collect()
}

/// Whether a row of the table has this outcome for the file.
pub(crate) fn tells(said: &str, outcome: &str, path: &str) -> bool {
    said.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(outcome) && words.next() == Some(path)
    })
}

#[test]
fn nothing_to_do_touches_nothing() {
    let project = Project::new(&["health", "client"]);
    project.edit("config/default.yaml", "\n", "\n# mine\n");
    let before = times(&project);
    assert!(
        project
            .ends(0, &["sync"])
            .contains("everything is up to date")
    );
    let said = project.ends(0, &["sync", "--check"]);
    assert!(
        said.contains("edited  tool   config/default.yaml"),
        "{said}"
    );
    project.ends(0, &["sync", "--diff"]);
    project.ends(0, &["list", "files"]);
    assert_eq!(times(&project), before);
}

#[test]
fn a_newer_version_brings_its_files_along() {
    let project = older();
    let before = times(&project);
    let said = project.ends(3, &["sync", "--check"]);
    assert!(said.contains(&format!("stale  tool   {FILE}")), "{said}");
    let diff = project.ends(0, &["sync", "--diff"]);
    assert!(
        diff.contains("-fn older_main()") && diff.contains("+fn main()"),
        "{diff}"
    );
    assert!(
        project
            .ends(0, &["sync", "--dry-run"])
            .contains("updated  rustfmt.toml")
    );
    assert_eq!(times(&project), before);

    project.ends(0, &["sync"]);
    assert_same(&project.tools(), &Project::new(&["health"]).tools());
    project.ends(0, &["sync", "--check"]);
    project.ends(0, &["undo"]);
    assert!(project.read(FILE).contains("older_main"));
}

#[test]
fn edits_are_merged_with_what_is_rendered() {
    let project = older();
    let text = project.read(FILE);
    project.write(FILE, &format!("{text}\n// mine\n"));
    let said = project.ends(0, &["sync"]);
    assert!(said.contains(&format!("merged   {FILE}")), "{said}");
    let merged = project.read(FILE);
    assert!(
        merged.contains("fn main()") && merged.ends_with("// mine\n"),
        "{merged}"
    );
    assert!(project.ends(0, &["sync"]).contains("up to date"));
}

#[test]
fn a_conflict_stops_everything() {
    let project = older();
    project.edit(FILE, "fn older_main()", "fn my_main()");
    let before = project.files();
    let said = project.ends(3, &["sync"]);
    assert!(
        said.contains("you and the tool changed the same lines"),
        "{said}"
    );
    assert!(said.contains(&format!("--> {FILE}:")), "{said}");
    assert!(
        tells(&said, "conflict", FILE) && tells(&said, "updated", "rustfmt.toml"),
        "{said}"
    );
    assert_same(&project.files(), &before);
    let json = project.run(&["sync", "--format", "json", "-q"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let files = json["files"].as_array().expect("a list");
    let conflict = files
        .iter()
        .find(|file| file["path"] == FILE)
        .expect("it is told");
    assert_eq!(conflict["outcome"], "conflict");
    assert!(
        conflict["lines"][0].is_u64() && json["written"] == false,
        "{json}"
    );
    assert!(
        project
            .ends(3, &["sync", "--check"])
            .contains(&format!("conflicted  tool   {FILE}"))
    );
    let json = project.ends(3, &["sync", "--check", "--format", "json", "-q"]);
    assert!(json.contains("\"state\": \"conflicted\""), "{json}");
}

#[test]
fn a_conflict_ends_as_the_user_says() {
    for (how, code, expected) in [
        ("mine", 0, "fn my_main()"),
        ("theirs", 0, "fn main()"),
        ("markers", 3, ">>>>>>> protosmith"),
    ] {
        let project = older();
        project.edit(FILE, "fn older_main()", "fn my_main()");
        project.ends(code, &["sync", "--conflict", how]);
        let text = project.read(FILE);
        assert!(text.contains(expected), "{how}: {text}");
        assert!(project.read("rustfmt.toml").contains("2024"));
        if how == "markers" {
            assert!(
                text.contains("fn my_main()") && text.contains("fn main()"),
                "{text}"
            );
            let said = project.ends(3, &["sync"]);
            assert!(
                said.contains("still has the markers of a conflict"),
                "{said}"
            );
            project.ends(3, &["sync", "--check"]);
            project.write(FILE, "fn resolved() {}\n");
        }
        assert!(project.ends(0, &["sync"]).contains("up to date"), "{how}");
    }
}

#[test]
fn line_ends_of_the_user_stay() {
    let project = older();
    for (path, text) in project.files() {
        project.write(&path, &text.replace('\n', "\r\n"));
    }
    project.ends(0, &["sync"]);
    for (path, text) in project.files() {
        let unix = text.matches('\n').count() - text.matches("\r\n").count();
        assert_eq!(unix, 0, "{path}");
    }
    assert!(project.read(FILE).contains("fn main()"));
    project.ends(0, &["sync", "--check"]);
}

#[test]
fn a_deleted_file_stays_deleted_until_it_is_reset() {
    let project = older();
    std::fs::remove_file(project.path("rustfmt.toml")).expect("removed");
    project.ends(0, &["sync"]);
    assert!(!project.path("rustfmt.toml").exists());
    assert!(
        project
            .ends(0, &["sync", "--check"])
            .contains("missing  tool   rustfmt.toml")
    );
    project.ends(0, &["reset", "rustfmt.toml"]);
    assert!(project.read("rustfmt.toml").contains("2024"));
    project.ends(0, &["sync", "--check"]);
}

#[test]
fn a_file_can_be_taken_and_given_back() {
    let project = older();
    project.ends(0, &["own", FILE]);
    project.ends(0, &["sync"]);
    assert!(
        project.read(FILE).contains("older_main"),
        "it is the user's"
    );
    assert!(
        project
            .ends(0, &["list", "files"])
            .contains(&format!("yours  {FILE}"))
    );
    project.ends(0, &["release", FILE]);
    project.ends(0, &["sync"]);
    assert!(project.read(FILE).contains("fn main()"), "it is the tool's");
    let said = project.ends(1, &["own", "crates/server/src/mian.rs"]);
    assert!(
        said.contains("did you mean `crates/server/src/main.rs`"),
        "{said}"
    );

    // The user's file can be given too: it is rendered again, and edits are merged.
    project.ends(0, &["release", "README.md"]);
    let text = project.read("README.md");
    project.write("README.md", &format!("{text}\nmine\n"));
    project.ends(0, &["sync"]);
    assert!(project.read("README.md").ends_with("\nmine\n"));
    project.ends(0, &["reset", "README.md"]);
    assert!(!project.read("README.md").ends_with("\nmine\n"));
    project.ends(0, &["undo"]);
    assert!(project.read("README.md").ends_with("\nmine\n"));
    let said = project.ends(1, &["reset", "nothing"]);
    assert!(said.contains("nothing is rendered to `nothing`"), "{said}");
}

#[test]
fn some_files_can_be_brought_along_alone() {
    let project = older();
    project.ends(0, &["sync", "--only", "*.toml"]);
    assert!(project.read("rustfmt.toml").contains("2024"));
    assert!(
        project.read(FILE).contains("older_main"),
        "it was not asked for"
    );
    project.ends(3, &["sync", "--check"]);
    project.ends(0, &["sync"]);
    assert_same(&project.tools(), &Project::new(&["health"]).tools());
}

#[test]
fn uncommitted_changes_are_warned_about() {
    let project = older();
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "a"]] {
        git(&project.root, arguments);
    }
    assert!(!project.ends(0, &["sync"]).contains("not committed"));
    project.ends(0, &["undo"]);
    let text = project.read(FILE);
    project.write(FILE, &format!("{text}// mine\n"));
    assert!(project.ends(0, &["sync"]).contains("not committed"));
}
