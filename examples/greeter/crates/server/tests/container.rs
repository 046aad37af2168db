//! The settings of the container are good ones, and fit what its image and its manifests say.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;

use harness::command::with_rendered;

mod harness;

fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(file)).unwrap()
}

#[test]
fn the_settings_of_the_container_are_accepted() {
    let output = with_rendered("config/prod.yaml", &["check-config"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
}

/// Whoever changes a port in one place is told of the others.
#[test]
fn the_image_exposes_the_ports_of_the_settings() {
    let settings = read("config/prod.yaml");
    let mut ports: Vec<_> = settings
        .lines()
        .filter_map(|line| line.trim().strip_prefix("port: "))
        .collect();
    let image = read("deploy/docker/Dockerfile");
    let exposed = image.lines().find_map(|line| line.strip_prefix("EXPOSE "));
    let mut exposed: Vec<_> = exposed.unwrap().split(' ').collect();
    ports.sort_unstable();
    exposed.sort_unstable();
    assert_eq!(exposed, ports);
}
