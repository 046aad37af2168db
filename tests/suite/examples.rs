//! `examples/` holds what users get; reviewers read it, and this test keeps it fresh.

use std::collections::BTreeMap;
use std::path::Path;

use protosmith::feature::{Choice, Preset};
use protosmith::{Request, write};

use crate::workspace::repository;

type Files = BTreeMap<String, Vec<u8>>;

fn check(name: &str, preset: Preset, protos: &[&str]) {
    let request = Request {
        name: name.to_owned(),
        choice: Choice {
            preset,
            ..Choice::default()
        },
        protos: protos.iter().map(|path| repository(path)).collect(),
        includes: Vec::new(),
    };
    let rendered = protosmith::render(&request).expect("the example renders");
    let committed = repository("examples").join(name);
    if std::env::var_os("BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&committed);
        write::create(&committed, &rendered.tree).expect("the example is written");
    }
    let mut files = Files::new();
    collect(&committed, "", &mut files);
    for (path, bytes) in rendered.tree.iter() {
        let theirs = files
            .remove(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let ours = String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            theirs,
            Some(ours),
            "`examples/{name}/{path}` is not fresh: run `just examples`"
        );
    }
    assert!(
        files.is_empty(),
        "no longer rendered, run `just examples`: {:?}",
        files.keys()
    );
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder: run `just examples`") {
        let entry = entry.expect("an entry");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            if path != "target" {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else if path != "Cargo.lock" {
            files.insert(path, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

#[test]
fn the_sample_with_all_features_is_fresh() {
    check("greeter", Preset::Full, &[]);
}

#[test]
fn a_users_proto_with_standard_features_is_fresh() {
    check(
        "shop",
        Preset::Standard,
        &[
            "examples/protos/acme/shop/v1/shop.proto",
            "examples/protos/acme/stock/v1/stock.proto",
        ],
    );
}
