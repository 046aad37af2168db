//! The Deployment as it is rendered, in a pod that podman makes of it: it starts, is called and drains.

use std::fs;
use std::path::Path;

use crate::command::succeeds;
use crate::image::{IMAGED, inspected, podman};
use crate::kubernetes::kustomized;
use crate::server::{calling, free_port, until};
use crate::workspace::slow;

/// As podman names the first pod of a Deployment, and the container in it.
const POD: &str = "imaged-pod-0";
const CONTAINER: &str = "imaged-pod-0-imaged";

/// All that a file of manifests has brought into being; gone with the test.
struct Played<'a>(&'a Path);

impl<'a> Played<'a> {
    fn new(manifests: &'a Path) -> Self {
        let file = manifests.to_str().expect("UTF-8");
        // What a run that was killed has left.
        let _ = podman(&["play", "kube", "--down", file]).output();
        let played = Self(manifests);
        succeeds(&mut podman(&["play", "kube", file]));
        played
    }
}

impl Drop for Played<'_> {
    fn drop(&mut self) {
        let file = self.0.to_str().expect("UTF-8");
        let _ = podman(&["play", "kube", "--down", file]).output();
        // The ConfigMap, which podman keeps.
        let text = fs::read_to_string(self.0).unwrap_or_default();
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("  name: "));
        for volume in names.filter(|name| name.starts_with("imaged-")) {
            let _ = podman(&["volume", "rm", volume]).output();
        }
    }
}

/// Has podman publish each port on loopback, at one that is free.
fn published(manifests: &str) -> String {
    let mut published = String::new();
    for line in manifests.lines() {
        published += line;
        published.push('\n');
        if let Some((indent, _)) = line.split_once("- containerPort: ") {
            let port = free_port();
            published += &format!("{indent}  hostIP: 127.0.0.1\n{indent}  hostPort: {port}\n");
        }
    }
    published
}

#[test]
fn the_deployment_runs_is_called_and_drains() {
    if !slow("podman plays the rendered manifests") {
        return;
    }
    let workspace = &*IMAGED;
    // The image that the overlay names.
    succeeds(&mut podman(&[
        "tag",
        "localhost/imaged:first",
        "localhost/imaged:0.1.0",
    ]));
    let folder = tempfile::tempdir().expect("a folder");
    let manifests = folder.path().join("all.yaml");
    fs::write(&manifests, published(&kustomized(workspace, "prod"))).expect("written");
    let _played = Played::new(&manifests);

    let inspect = |what: &str| inspected(CONTAINER, what);
    // What the Deployment demands has come to the process.
    let process = inspect("{{.State.Pid}}");
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    for line in [
        "Uid:\t65532\t65532",
        "CapEff:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
    ] {
        assert!(status.contains(line), "{line} is not in {status}");
    }
    let mounts = fs::read_to_string(format!("/proc/{process}/mounts")).expect("it runs");
    for mount in [" / ", " /etc/imaged "] {
        let line = mounts.lines().find(|line| line.contains(mount));
        let options = line.and_then(|line| line.split(' ').nth(3));
        assert!(
            options.is_some_and(|options| options.starts_with("ro")),
            "{mounts}"
        );
    }
    assert_eq!(inspect("{{.HostConfig.Memory}}"), (512 << 20).to_string());
    assert_eq!(inspect("{{.HostConfig.NanoCpus}}"), "500000000");

    // The image's own probe finds it.
    let probe = inspected("localhost/imaged:0.1.0", "{{json .HealthCheck.Test}}");
    let probe: Vec<String> = serde_json::from_str(&probe).expect("a list");
    let [kind, command @ ..] = &*probe else {
        panic!("{probe:?}")
    };
    assert_eq!(kind, "CMD");
    let probed = || {
        let probe = podman(&["exec", CONTAINER]).args(command).output();
        probe.expect("podman runs").status.success().then_some(())
    };
    until(|| format!("{command:?}"), probed);

    let (mut caller, begun) = calling("played.py", &[manifests.as_os_str()]);
    // As the kubelet ends it: SIGTERM, and SIGKILL after the grace period.
    let grace = begun
        .strip_prefix("calling, grace ")
        .expect("the grace period");
    succeeds(&mut podman(&["pod", "stop", "--time", grace, POD]));
    assert!(caller.wait().expect("it ends").success());
    assert_eq!(inspect("{{.State.ExitCode}}"), "0");
}
