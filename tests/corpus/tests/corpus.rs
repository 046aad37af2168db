//! Real protos: every one of them is rendered or refused clearly, and what is rendered compiles.
//!
//! The protos come with published packages, through cargo, and with npm's `google-proto-files`, which `.ci/run`
//! unpacks and names in `GOOGLE_PROTO_FILES`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read files, and say what they count"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use protosmith::feature::{Choice, Preset};
use protosmith::{Rendered, Request, write};

use built::{FORMAT, LINTS, building, replace};

#[path = "../../suite/built.rs"]
mod built;
#[path = "../../suite/published.rs"]
mod published;

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

/// Writes the workspace in place of the last one of its name, and runs cargo in it.
fn cargo(name: &str, rendered: &Rendered, commands: &[&[&str]]) {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (fresh, path) = (home.join(format!("{name}-fresh")), home.join(name));
    let _ = std::fs::remove_dir_all(&fresh);
    write::create(&fresh, &rendered.tree).unwrap_or_else(|error| panic!("{name}: {error}"));
    // Most of it is as it was: the crates that know no proto are not built again.
    replace(&fresh, &path);
    for arguments in commands {
        let mut cargo = Command::new(env!("CARGO"));
        building(&mut cargo).args(*arguments).current_dir(&path);
        let output = cargo.output().expect("cargo runs");
        let (said, wrote) = (
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout),
        );
        assert!(output.status.success(), "{name}: {said}{wrote}");
    }
}

#[test]
fn the_protos_of_published_crates_render_and_compile() {
    for (name, root) in CRATES {
        let (_, newest) = published::packages(name).pop_last().expect("it is locked");
        let roots = [newest.join(root)];
        let protos = published::services(&roots[0]);
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
        let rendered = protosmith::render(&request("published", protos.clone(), &roots));
        let rendered = rendered.unwrap_or_else(|error| panic!("{name}: {error}"));
        eprintln!(
            "{name}: {} protos, {} services",
            protos.len(),
            rendered.model.services.len()
        );
        // The tests that call the protos' methods, and pass for any. The other crates' know none: they are
        // those of every workspace, and the suite runs them.
        let tested = [
            "test",
            "--quiet",
            "--package",
            "published-service",
            "--package",
            "published-server",
        ];
        cargo("published", &rendered, &[FORMAT, LINTS, &tested]);
    }
}

#[test]
fn the_protos_of_google_render_and_a_sample_compiles() {
    let Some(folder) = std::env::var_os("GOOGLE_PROTO_FILES").map(PathBuf::from) else {
        return eprintln!("skipped: GOOGLE_PROTO_FILES does not name the unpacked npm package");
    };
    let protos = published::services(&folder);
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
    cargo("everything", &everything, &[FORMAT]);

    // Spread over all, the same in each run; ten to a workspace, as larger projects have them.
    let step = rendered.len() / SAMPLE;
    let sample: Vec<_> = rendered.into_iter().step_by(step).take(SAMPLE).collect();
    for protos in sample.chunks(10) {
        let rendered = protosmith::render(&request("sample", protos.to_vec(), &roots));
        let rendered = rendered.unwrap_or_else(|error| panic!("{error}"));
        cargo("sample", &rendered, &[LINTS]);
    }
}
