//! Tests only: holds text against the real rustfmt.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Panics with the first lines that rustfmt would change.
pub(crate) fn assert_clean(source: &str) {
    let mut child = Command::new("rustfmt")
        .args([
            "--edition",
            "2024",
            "--style-edition",
            "2024",
            "--config",
            "error_on_line_overflow=false",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is part of the toolchain");
    let mut input = child.stdin.take().expect("stdin is piped");
    let text = source.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("rustfmt runs");
    writer
        .join()
        .expect("the writer does not panic")
        .expect("rustfmt reads its input");
    assert!(output.status.success(), "rustfmt refused the source");
    let formatted = String::from_utf8(output.stdout).expect("rustfmt writes UTF-8");
    if formatted != source {
        let differing = source
            .lines()
            .zip(formatted.lines())
            .enumerate()
            .find(|(_, (ours, theirs))| ours != theirs);
        let Some((line, _)) = differing else {
            panic!("rustfmt adds or drops lines at the end")
        };
        let around = |text: &str| {
            text.lines()
                .skip(line.saturating_sub(3))
                .take(9)
                .collect::<Vec<_>>()
                .join("\n")
        };
        panic!(
            "line {}: ours\n{}\n\nrustfmt's\n{}",
            line + 1,
            around(source),
            around(&formatted)
        );
    }
}
