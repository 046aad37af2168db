//! `cargo generate` and `protosmith new` give the same bytes, for any set of features.
#![allow(clippy::disallowed_methods, reason = "a test reads the rendered files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_generate::{GenerateArgs, TemplatePath, Vcs};
use protosmith::Request;
use protosmith::feature::{Choice, Manifest, Preset, lies_in};

type Files = BTreeMap<String, Vec<u8>>;

/// None, all, each alone, each missing, and every pair.
fn sets() -> BTreeSet<BTreeSet<String>> {
    let manifest =
        Manifest::read(&protosmith::template::embedded()).expect("the manifest is valid");
    let all: BTreeSet<String> = manifest
        .features
        .iter()
        .map(|feature| feature.name.clone())
        .collect();
    let mut sets = BTreeSet::from([BTreeSet::new(), all.clone()]);
    for one in &all {
        sets.insert(BTreeSet::from([one.clone()]));
        sets.insert(all.iter().filter(|name| *name != one).cloned().collect());
        sets.extend(
            all.iter()
                .map(|other| BTreeSet::from([one.clone(), other.clone()])),
        );
    }
    let complete = |set: &BTreeSet<String>| {
        let mut chosen = manifest
            .features
            .iter()
            .filter(|feature| set.contains(&feature.name));
        chosen.all(|feature| {
            feature.requires.iter().all(|name| set.contains(name))
                && !feature.conflicts.iter().any(|name| set.contains(name))
        })
    };
    sets.retain(complete);
    sets
}

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
    let home = tempfile::tempdir().expect("a folder");
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
        destination: Some(home.path().to_owned()),
        ..GenerateArgs::default()
    });
    let mut files = Files::new();
    collect(&made.expect("cargo-generate renders"), "", &mut files);
    files
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
    let sets = sets();
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
