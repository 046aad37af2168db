//! Compiles the protos of `tests/protos/shapes`, each of which says in its second line what to
//! expect: `// expect: ok`, or `// expect: error` and a part of the message.

use std::path::{Path, PathBuf};

use super::from_proto;
use crate::proto::{Request, compile};

/// The files, in order.
fn shapes() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protos/shapes");
    let entries = dir
        .read_dir()
        .expect("the shapes are there")
        .map(|entry| entry.expect("a readable entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn every_shape_gives_what_it_says() {
    let mut wrong = Vec::new();
    for path in shapes() {
        let text = String::from_utf8_lossy(
            &std::fs::File::open(&path)
                .map(read)
                .expect("a readable file"),
        )
        .into_owned();
        let expected = text
            .lines()
            .nth(1)
            .and_then(|line| line.strip_prefix("// expect: "))
            .unwrap_or("an expectation");
        let found = compile(&Request {
            protos: vec![path.clone()],
            includes: Vec::new(),
        })
        .and_then(|compiled| from_proto::model(&compiled));
        let as_expected = match (&found, expected.strip_prefix("error ")) {
            (Ok(model), None) => expected == "ok" && !model.services.is_empty(),
            (Err(error), Some(part)) => {
                error.to_string().contains(part)
                    && error.problems.iter().all(|problem| problem.at.is_some())
            }
            _ => false,
        };
        if !as_expected {
            let found = found
                .map(|_| "ok".to_owned())
                .unwrap_or_else(|error| error.to_string());
            wrong.push(format!(
                "{}\n  expected {expected}\n  found {found}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All bytes.
fn read(mut file: std::fs::File) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).expect("a readable file");
    bytes
}
