//! How long `protosmith new` takes, as ratios of one run; absolute times say nothing on a busy machine.
//!
//! 1. `new --preset full` on a proto of 20 methods against `cp -r` of the tree that it writes: at most 10.
//! 2. 2,000 methods against 20: at most 120.
//! 3. `sync` with nothing to do against `git status` on the same tree: at most 5.
//!
//! Each ratio is the median of pairs that ran one right after the other. Exits 1 if a bound is broken.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the clock and prints"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let home = tempfile::tempdir().expect("a folder");
    let (small, large) = (
        home.path().join("small.proto"),
        home.path().join("large.proto"),
    );
    std::fs::write(&small, proto(20)).expect("written");
    std::fs::write(&large, proto(2_000)).expect("written");

    let tree = home.path().join("tree");
    new(&small, &tree);
    let copy = ratio(
        home.path(),
        40,
        |to| new(&small, to),
        |to| run(Command::new("cp").arg("-r").arg(&tree).arg(to)),
    );
    let methods = ratio(home.path(), 10, |to| new(&large, to), |to| new(&small, to));

    let git = |arguments: &[&str]| {
        let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        run(Command::new("git")
            .args(author)
            .args(arguments)
            .current_dir(&tree));
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "a"]);
    // Each makes the folder that the measurement removes.
    let beside = |to: &Path, command: &mut Command| {
        std::fs::create_dir(to).expect("made");
        run(command.current_dir(&tree));
    };
    let sync = ratio(
        home.path(),
        40,
        |to| {
            beside(
                to,
                Command::new(env!("CARGO_BIN_EXE_protosmith")).args(["sync", "-q"]),
            )
        },
        |to| beside(to, Command::new("git").arg("status")),
    );

    println!("new (20 methods, full) / cp -r of its tree   {copy:6.2}   at most 10");
    println!("new (2,000 methods) / new (20 methods)       {methods:6.2}   at most 120");
    println!("sync with nothing to do / git status         {sync:6.2}   at most 5");
    if copy <= 10.0 && methods <= 120.0 && sync <= 5.0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The median of `n` ratios of the times that two commands take to make a folder.
fn ratio(home: &Path, n: usize, a: impl Fn(&Path), b: impl Fn(&Path)) -> f64 {
    let time = |make: &dyn Fn(&Path)| -> Duration {
        let to = home.join("out");
        let start = Instant::now();
        make(&to);
        let took = start.elapsed();
        std::fs::remove_dir_all(&to).expect("the folder was made");
        took
    };
    let mut ratios: Vec<f64> = (0..n)
        .map(|_| time(&a).as_secs_f64() / time(&b).as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[n / 2]
}

fn new(proto: &Path, to: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_protosmith"));
    run(command
        .arg("new")
        .arg(to)
        .args(["--name", "bench", "--preset", "full", "-q", "--proto"])
        .arg(proto));
}

fn run(command: &mut Command) {
    let status = command
        .stdout(Stdio::null())
        .status()
        .expect("the command runs");
    assert!(status.success(), "{command:?}");
}

/// A service with `n` methods of all four kinds, each with messages of its own.
fn proto(n: usize) -> String {
    let mut text = String::from("syntax = \"proto3\";\npackage bench.v1;\n\nservice Bench {\n");
    for i in 0..n {
        let (request, response) = [
            ("", ""),
            ("stream ", ""),
            ("", "stream "),
            ("stream ", "stream "),
        ][i % 4];
        let _ = writeln!(
            text,
            "  // Does the work of step {i}.\n  rpc Step{i}({request}Step{i}Request) returns ({response}Step{i}Response);"
        );
    }
    text.push_str("}\n");
    for i in 0..n {
        let _ = write!(
            text,
            "\nmessage Step{i}Request {{\n  string id = 1;\n  repeated int64 counts = 2;\n  map<string, bytes> parts = 3;\n}}\n\
             \nmessage Step{i}Response {{\n  Step{i}Request request = 1;\n  oneof answer {{\n    string text = 2;\n    double number = 3;\n  }}\n}}\n"
        );
    }
    text
}
