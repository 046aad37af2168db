//! Ctrl-C and a full disk leave nothing behind.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::complaints;
use crate::workspace::{protosmith, repository};

fn entries(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).expect("a folder");
    entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

/// Interrupts `new` at many points of its run, from the start to beyond the end.
#[test]
fn an_interrupt_leaves_the_whole_workspace_or_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = {
        let made = protosmith()
            .args(["new", "whole", "-q"])
            .current_dir(home.path())
            .status()
            .expect("it runs");
        assert!(made.success());
        files(&home.path().join("whole"))
    };
    let took = {
        let start = Instant::now();
        let made = protosmith()
            .args(["new", "timed", "-q"])
            .current_dir(home.path())
            .status()
            .expect("it runs");
        assert!(made.success());
        start.elapsed()
    };
    let (mut cut, mut done) = (0, 0);
    for step in 0..60u32 {
        let name = format!("ws{step}");
        let mut child = protosmith()
            .args(["new", &name, "-q"])
            .current_dir(home.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        std::thread::sleep(took * step / 50 + Duration::from_micros(u64::from(step)));
        let killed = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .stderr(Stdio::null())
            .status();
        killed.expect("kill runs");
        let status = child.wait().expect("it ends");
        if status.success() {
            done += 1;
            assert_eq!(files(&home.path().join(&name)), whole);
        } else {
            cut += 1;
            assert!(
                !home.path().join(&name).exists(),
                "half a workspace after {step} steps: {status}"
            );
        }
    }
    let left: Vec<_> = entries(home.path())
        .into_iter()
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [""; 0], "a stage was left");
    assert!(cut > 0, "no run was interrupted, {done} were done");
}

/// The disk is a file system of 64 KiB: too small for the workspace, large enough to begin.
#[test]
fn a_full_disk_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let script = format!(
        "mount -t tmpfs -o size=64k tmpfs {home} && cd {home} && {bin} new a/greeter; echo exit $?; ls -A {home}; df --output=used {home} | tail -1",
        home = home.path().display(),
        bin = env!("CARGO_BIN_EXE_protosmith"),
    );
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .output();
    let Ok(output) = output else {
        return eprintln!("skipped: `unshare` is not to be had here");
    };
    let (screen, said) = (String::from_utf8_lossy(&output.stdout), complaints(&output));
    if !screen.starts_with("exit") {
        return eprintln!("skipped: this system lets nobody mount: {said}");
    }
    assert!(said.contains("no space left"), "{said}");
    assert!(said.contains("nothing was left behind"), "{said}");
    assert_eq!(
        screen.lines().map(str::trim).collect::<Vec<_>>(),
        ["exit 1", "0"]
    );
}

fn files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(
                    path.strip_prefix(root)
                        .expect("below")
                        .display()
                        .to_string(),
                );
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    // Root may write anywhere but where no file system lets anybody.
    let output = protosmith()
        .args(["new", "/proc/greeter"])
        .current_dir(repository(""))
        .output()
        .expect("it runs");
    let said = complaints(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("/proc"), "{said}");
}
