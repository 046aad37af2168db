//! `cargo generate` and `protosmith new` give the same bytes, for any set of features.
#![allow(clippy::disallowed_methods, reason = "a test reads the rendered files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_generate::{GenerateArgs, TemplatePath, Vcs};
use protosmith::Request;
use protosmith::feature::{Choice, Preset, lies_in};
use protosmith::project::Place;
use protosmith::sync::{self, Options, Source};

#[allow(dead_code, reason = "the suite tries more sets")]
#[path = "../../suite/sets.rs"]
mod sets;

type Files = BTreeMap<String, Vec<u8>>;

fn ours(name: &str, features: &BTreeSet<String>) -> Files {
    let choice = Choice {
        preset: Preset::Minimal,
        with: features.iter().cloned().collect(),
        without: Vec::new(),
    };
    let request = Request {
        name: name.to_owned(),
        choice,
        ..Request::default()
    };
    let rendered = protosmith::render(&request).expect("the sample renders");
    rendered
        .tree
        .iter()
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .collect()
}

fn theirs(name: &str, features: &BTreeSet<String>) -> Files {
    generate(name, features).expect("cargo-generate renders")
}

fn generate(name: &str, features: &BTreeSet<String>) -> Result<Files, String> {
    let home = tempfile::tempdir().expect("a folder");
    let made = generate_in(home.path(), name, features)?;
    let mut files = Files::new();
    collect(&made, "", &mut files);
    Ok(files)
}

fn generate_in(home: &Path, name: &str, features: &BTreeSet<String>) -> Result<PathBuf, String> {
    let list: Vec<_> = features.iter().cloned().collect();
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template");
    let made = cargo_generate::generate(GenerateArgs {
        template_path: TemplatePath {
            path: Some(template.display().to_string()),
            ..TemplatePath::default()
        },
        name: Some(name.to_owned()),
        define: vec![format!("features={}", list.join(","))],
        silent: true,
        vcs: Some(Vcs::None),
        no_workspace: true,
        no_fmt: true,
        destination: Some(home.to_owned()),
        ..GenerateArgs::default()
    });
    made.map_err(|error| format!("{error:#}"))
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

#[test]
fn both_engines_render_the_same_bytes() {
    let sets = sets::every_pair(&sets::manifest());
    assert!(sets.len() > 3, "the sweep is empty");
    for features in &sets {
        let (ours, theirs) = (ours("my-app2", features), theirs("my-app2", features));
        let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&ours), names(&theirs), "with {features:?}");
        for (path, bytes) in &ours {
            let (ours, theirs) = (
                String::from_utf8_lossy(bytes),
                String::from_utf8_lossy(&theirs[path]),
            );
            assert_eq!(ours, theirs, "`{path}` with {features:?}");
        }
    }
}

/// Without a step between: edits stay, and features come, as in a project that `new` made.
#[test]
fn a_generated_project_is_taken_over_by_sync() {
    let home = tempfile::tempdir().expect("a folder");
    let features = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let root = generate_in(home.path(), "my-app2", &features(&["health"])).expect("it renders");
    let edited = "deny.toml";
    let text = std::fs::read_to_string(root.join(edited)).expect("a file") + "# mine\n";
    std::fs::write(root.join(edited), &text).expect("written");
    let place = Place::find(&root).expect("a project");
    let sync = |with: &[&str]| {
        let options = Options {
            with: with.iter().map(|name| (*name).to_owned()).collect(),
            ..Options::default()
        };
        let prepared = sync::prepare(&place, &Source::embedded(), &options).expect("it renders");
        prepared.write().expect("it is written")
    };
    assert!(!sync(&[]), "there is nothing to change");
    assert!(sync(&["audit"]));
    let mut files = Files::new();
    collect(&root, "", &mut files);
    files.retain(|path, _| !path.starts_with(".protosmith/"));
    let mut expected = ours("my-app2", &features(&["audit", "health"]));
    expected.insert(edited.to_owned(), text.into_bytes());
    // The user's own files, which list features, are written once.
    for path in ["README.md", "config/dev.yaml"] {
        files.remove(path);
        expected.remove(path);
    }
    let differ = files.keys().chain(expected.keys());
    let differ: BTreeSet<_> = differ
        .filter(|path| files.get(*path) != expected.get(*path))
        .collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// cargo-generate cannot add what a feature requires; it says so instead.
#[test]
fn what_a_feature_requires_is_asked_for() {
    let manifest = sets::manifest();
    for feature in &manifest.features {
        for required in &feature.requires {
            let alone = BTreeSet::from([feature.name.clone()]);
            let error = generate("my-app2", &alone).expect_err("it is incomplete");
            let expected = format!("the feature {} needs the feature {required}", feature.name);
            assert!(error.contains(&expected), "{error}");
        }
    }
}

/// What cargo-generate renders is what our composition files are, no more and no less.
#[test]
fn the_manifest_includes_every_composition_file() {
    let template = protosmith::template::embedded();
    let manifest = std::str::from_utf8(&template.0["cargo-generate.toml"]).expect("UTF-8");
    let manifest: toml::Table = toml::from_str(manifest).expect("TOML");
    let list = |name: &str| -> Vec<String> {
        let list = manifest["template"]
            .get(name)
            .and_then(toml::Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|path| path.as_str().map(str::to_owned))
            .collect()
    };
    let ignored = list("ignore");
    let composed = template
        .iter()
        .filter_map(|(path, _)| path.strip_suffix(".liquid"));
    let composed = composed.filter(|path| !ignored.iter().any(|prefix| lies_in(path, prefix)));
    assert_eq!(
        list("include").into_iter().collect::<BTreeSet<_>>(),
        composed.map(str::to_owned).collect()
    );
}
