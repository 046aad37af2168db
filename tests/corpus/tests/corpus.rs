//! Real protos: every one of them is rendered or refused clearly, and what is rendered compiles.
//!
//! The protos come with published packages, through cargo, and with npm's `google-proto-files`, which `.ci/run`
//! unpacks and names in `GOOGLE_PROTO_FILES`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read files, and say what they count"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use protosmith::feature::{Choice, Preset};
use protosmith::{Rendered, Request, write};

/// The crates whose protos are read, and the folder in each that imports start from.
const CRATES: &[(&str, &str)] = &[
    ("containerd-client", "vendor"),
    (
        "containerd-client",
        "vendor/github.com/containerd/containerd/vendor",
    ),
    ("etcd-client", "proto"),
    ("opentelemetry-proto", "src/proto/opentelemetry-proto"),
    ("qdrant-client", "proto"),
    ("tonic-health", "proto"),
];

/// How many of npm's protos are compiled.
const SAMPLE: usize = 40;

fn request(name: &str, protos: Vec<PathBuf>, roots: &[PathBuf]) -> Request {
    let choice = Choice {
        preset: Preset::Full,
        ..Choice::default()
    };
    let includes = roots
        .iter()
        .map(|root| root.display().to_string().parse().expect("a folder"))
        .collect();
    Request {
        name: name.to_owned(),
        choice,
        protos,
        includes,
    }
}

/// The folders of the locked packages, by name.
fn packages() -> BTreeMap<String, PathBuf> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo runs");
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
            (
                package["name"].as_str().expect("a name").to_owned(),
                manifest.parent().expect("a folder").to_owned(),
            )
        });
    packages.collect()
}

/// Every proto below the folder that has a service, sorted.
fn services(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                // A root of its own.
                if !path.ends_with("vendor") {
                    folders.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|extension| extension == "proto")
                && has_service(&path)
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn has_service(path: &Path) -> bool {
    let text = std::fs::read(path).expect("a file");
    String::from_utf8_lossy(&text)
        .lines()
        .any(|line| line.starts_with("service ") && line.contains('{'))
}

/// Writes the workspace in place of the last run's, and runs cargo in it.
fn cargo(name: &str, rendered: &Rendered, commands: &[&[&str]]) {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = home.join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("the last run's workspace goes");
    }
    write::create(&path, &rendered.tree).unwrap_or_else(|error| panic!("{name}: {error}"));
    for arguments in commands {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(*arguments)
            .current_dir(&path)
            .env("CARGO_TARGET_DIR", home.join("generated"));
        let output = cargo.output().expect("cargo runs");
        let (said, wrote) = (
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout),
        );
        assert!(output.status.success(), "{name}: {said}{wrote}");
    }
}

const FORMATTED: &[&str] = &["fmt", "--all", "--check"];

/// Clean lints imply that it compiles.
const LINTED: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--quiet",
    "--",
    "-D",
    "warnings",
];

/// The tests of the running server, which pass for any proto.
const TESTED: &[&str] = &["test", "--workspace", "--quiet"];

#[test]
fn the_protos_of_published_crates_render_and_compile() {
    let packages = packages();
    for (n, (name, root)) in CRATES.iter().enumerate() {
        let roots = [packages[*name].join(root)];
        let protos = services(&roots[0]);
        assert!(!protos.is_empty(), "{name} has no protos in {roots:?}");
        for proto in &protos {
            let rendered = protosmith::render(&request("one", vec![proto.clone()], &roots));
            assert!(
                rendered.is_ok(),
                "{}: {}",
                proto.display(),
                rendered.expect_err("checked")
            );
        }
        let rendered = protosmith::render(&request(&format!("crate{n}"), protos.clone(), &roots));
        let rendered = rendered.unwrap_or_else(|error| panic!("{name}: {error}"));
        eprintln!(
            "{name}: {} protos, {} services",
            protos.len(),
            rendered.model.services.len()
        );
        cargo(
            &format!("crate{n}"),
            &rendered,
            &[FORMATTED, LINTED, TESTED],
        );
    }
}

#[test]
fn the_protos_of_google_render_and_a_sample_compiles() {
    let Some(folder) = std::env::var_os("GOOGLE_PROTO_FILES").map(PathBuf::from) else {
        return eprintln!("skipped: GOOGLE_PROTO_FILES does not name the unpacked npm package");
    };
    let protos = services(&folder);
    assert!(protos.len() > 1_000, "only {} protos", protos.len());
    let roots = [folder];
    let mut rendered = Vec::new();
    let mut refused = Vec::new();
    for proto in &protos {
        match protosmith::render(&request("one", vec![proto.clone()], &roots)) {
            Ok(_) => rendered.push(proto.clone()),
            Err(error) => refused.push(error.to_string()),
        }
    }
    eprintln!("{} rendered, {} refused", rendered.len(), refused.len());
    for reason in &refused {
        eprintln!("{reason}\n");
        assert!(
            reason.contains("--> "),
            "a refusal without a place: {reason}"
        );
        assert!(
            reason.contains("hint: "),
            "a refusal without a hint: {reason}"
        );
    }
    assert!(
        rendered.len() * 100 >= protos.len() * 99,
        "less than 99 % of {}",
        protos.len()
    );

    let everything = protosmith::render(&request("everything", rendered.clone(), &roots));
    let everything = everything.unwrap_or_else(|error| panic!("{error}"));
    eprintln!(
        "{} services in one workspace",
        everything.model.services.len()
    );
    cargo("everything", &everything, &[FORMATTED]);

    // Spread over all, the same in each run; ten to a workspace, as larger projects have them.
    let step = rendered.len() / SAMPLE;
    let sample: Vec<_> = rendered.into_iter().step_by(step).take(SAMPLE).collect();
    for (n, protos) in sample.chunks(10).enumerate() {
        let rendered = protosmith::render(&request(&format!("sample{n}"), protos.to_vec(), &roots));
        let rendered = rendered.unwrap_or_else(|error| panic!("{error}"));
        cargo(&format!("sample{n}"), &rendered, &[LINTED]);
    }
}
