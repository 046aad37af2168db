//! Handlers of every kind, and what becomes of them.

mod reported;
mod shapes;
mod texts;

use std::collections::BTreeMap;

use super::{ServiceCrate, Survey, survey};
use crate::model::{Model, from_proto};
use crate::proto::compile_embedded;

/// The folder of the crate in these tests.
const FOLDER: &str = "crates/service";

/// The model of a proto with these methods in a service `Svc` of the package `a.v1`, and of whatever
/// follows it.
fn model(methods: &str, more: &str) -> Model {
    let proto = format!(
        "syntax = 'proto3'; package a.v1; message M {{}} message N {{}} service Svc {{ {methods} }} {more}"
    );
    let compiled = compile_embedded("a.proto", &proto).expect("it compiles");
    from_proto::model(&compiled).expect("it has a service")
}

/// The survey of these files, by their names below `src/`.
fn survey_of(files: &[(&str, &str)], model: &Model) -> Survey {
    let path = |name: &str| format!("{FOLDER}/src/{name}");
    let files: BTreeMap<_, _> = files
        .iter()
        .map(|(name, text)| (path(name), text.as_bytes().to_vec()))
        .collect();
    let service_crate = ServiceCrate {
        folder: FOLDER,
        files: &files,
    };
    survey(service_crate, model).expect("a survey")
}

/// What was inserted into the one file `svc.rs`, after a look at what was not.
fn inserted(text: &str, model: &Model) -> String {
    let survey = survey_of(&[("lib.rs", "mod svc;\n"), ("svc.rs", text)], model);
    assert!(survey.refused.is_empty(), "{:?}\n{text}", survey.refused);
    let edited = survey.edits.get("crates/service/src/svc.rs");
    let edited = edited.unwrap_or_else(|| panic!("nothing was inserted into\n{text}\n{survey:?}"));
    let edited = std::str::from_utf8(edited).expect("UTF-8");
    let splits = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
    let at = splits
        .filter(|at| edited.len() >= text.len() && edited.starts_with(&text[..*at]))
        .filter(|at| edited.ends_with(&text[*at..]))
        // Of several ways to see it, the one that inserts whole lines.
        .max_by_key(|at| (text[..*at].ends_with('\n'), *at))
        .unwrap_or_else(|| panic!("not one insertion:\n{edited}"));
    // A second time there is nothing to do.
    let again = survey_of(&[("lib.rs", "mod svc;\n"), ("svc.rs", edited)], model);
    assert_eq!(again.edits, BTreeMap::new());
    edited[at..at + edited.len() - text.len()].to_owned()
}
