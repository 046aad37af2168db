//! What `--diff` shows: in colour and through a pager where somebody looks, and plain text where a program reads.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use crate::project::{Project, replaced};
use crate::workspace::protosmith;

const ADDED: &str = "+edition = \"2024\"";
const GREEN: &str = "\u{1b}[32m+edition = \"2024\"\u{1b}[0m";
const RED: &str = "\u{1b}[31m-edition = \"2021\"\u{1b}[0m";

/// A project that `sync` would change a line of.
fn project() -> Project {
    Project::of(&[], Vec::new(), |tree| {
        replaced(tree, "rustfmt.toml", "2024", "2021");
    })
}

/// Takes away what the person who runs the tests has set.
fn unset(command: &mut Command) {
    for name in [
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "PAGER",
        "PROTOSMITH_PAGER",
        "LESS",
    ] {
        command.env_remove(name);
    }
}

/// What `sync --diff` writes into a pipe.
fn piped(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = protosmith();
    command.args(["sync", "--diff", "-q"]).args(arguments);
    unset(&mut command);
    let output = command
        .envs(variables.iter().copied())
        .current_dir(&project.root)
        .output();
    String::from_utf8(output.expect("it runs").stdout).expect("UTF-8")
}

/// What it shows on a terminal; `None` where there is no `script` to make one with.
fn on_a_terminal(project: &Project, variables: &[(&str, &str)]) -> Option<String> {
    let sync = format!("{} sync --diff -q", env!("CARGO_BIN_EXE_protosmith"));
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &sync, "/dev/null"]);
    unset(&mut command);
    command.env("TERM", "xterm").envs(variables.iter().copied());
    let output = command
        .current_dir(&project.root)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn a_program_reads_plain_text() {
    let project = project();
    let marked = [("PAGER", "sed s/^/paged:/")];
    let text = piped(&project, &[], &marked);
    assert!(text.contains(ADDED), "{text}");
    assert!(
        !text.contains('\u{1b}') && !text.contains("paged:"),
        "{text}"
    );
    let text = piped(&project, &["--color", "always"], &marked);
    assert!(text.contains(GREEN) && text.contains(RED), "{text:?}");
    assert!(!text.contains("paged:"), "{text}");
    // The user's word counts for more than the variable.
    let text = piped(&project, &["--color", "always"], &[("NO_COLOR", "1")]);
    assert!(text.contains(GREEN), "{text:?}");
}

#[test]
fn a_person_gets_colours_and_a_pager() {
    let project = project();
    let shown = |variables: &[(&str, &str)]| on_a_terminal(&project, variables);
    let Some(text) = shown(&[("PAGER", "sed s/^/paged:/")]) else {
        return eprintln!("skipped: there is no `script`");
    };
    assert!(text.contains(&format!("paged:{GREEN}")), "{text:?}");
    assert!(text.contains(&format!("paged:{RED}")), "{text:?}");

    let text = shown(&[("PAGER", "sed s/^/paged:/"), ("NO_COLOR", "1")]).expect("as before");
    assert!(text.contains(&format!("paged:{ADDED}")), "{text:?}");

    let both = [
        ("PAGER", "sed s/^/paged:/"),
        ("PROTOSMITH_PAGER", "sed s/^/ours:/"),
    ];
    let text = shown(&both).expect("as before");
    assert!(
        text.contains("ours:") && !text.contains("paged:"),
        "{text:?}"
    );

    // An empty one is none, and of one that fails nothing is lost.
    for pager in ["", "false"] {
        let text = shown(&[("PAGER", "sed s/^/paged:/"), ("PROTOSMITH_PAGER", pager)]);
        let text = text.expect("as before");
        assert!(
            text.contains(GREEN) && !text.contains("paged:"),
            "{pager}: {text:?}"
        );
    }
    // Without a word, `less`: it ends by itself where all fits.
    let text = shown(&[]).expect("as before");
    assert!(text.contains("+edition"), "{text:?}");
}

#[test]
fn what_is_in_color_says_the_same_without() {
    let project = project();
    let coloured = piped(&project, &["--color", "always"], &[]);
    let plain = piped(&project, &["--color", "never"], &[]);
    let mut stripped = coloured;
    for code in [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[36m",
    ] {
        stripped = stripped.replace(code, "");
    }
    assert_eq!(stripped, plain);
}
