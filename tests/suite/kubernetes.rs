//! Manifests before the tools that judge them: kustomize, Kubernetes' own schemas, a scanner of policies.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::{complaints, named};
use crate::server::{interpreter, python};
use crate::workspace::{Workspace, slow};

/// The least and the greatest minor version whose schemas the manifests must fit.
const MINORS: [&str; 2] = ["1.30", "1.37"];

/// Their schemas are no part of Kubernetes.
const FOREIGN: &str = "apiVersion: monitoring.coreos.com/";

/// What kustomize makes of an overlay.
pub(crate) fn kustomized(workspace: &Workspace, overlay: &str) -> String {
    let folder = workspace.path.join("deploy/k8s/overlays").join(overlay);
    let output = Command::new("kubectl")
        .arg("kustomize")
        .arg(folder)
        .output()
        .expect("kubectl is installed");
    let complaints = complaints(&output);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Every object fits the schema of its kind, with no key that the schema does not know.
fn is_valid(file: &Path) {
    for minor in MINORS {
        let judged = Command::new(interpreter())
            .args([
                "-c",
                "from kubernetes_validate.__main__ import main; main()",
            ])
            .args(["--strict", "-k", minor])
            .arg(file)
            .output()
            .expect("Python runs");
        let said = [judged.stdout, judged.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        // An unknown kind is but a warning to it.
        assert!(
            judged.status.success() && !said.contains("WARN") && said.contains("INFO"),
            "{minor}: {said}"
        );
    }
}

/// No finding without a reason in the file.
fn is_safe(file: &Path) {
    let checkov = named("PROTOSMITH_CHECKOV", "checkov");
    let judged = Command::new(checkov)
        .args(["--framework", "kubernetes", "--compact", "--quiet"])
        .args(["--skip-download", "-f"])
        .arg(file)
        .output()
        .expect("checkov runs");
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(
        judged.status.success() && said.contains("Failed checks: 0"),
        "{said}"
    );
}

#[test]
fn manifests_are_valid_safe_and_fit_together() {
    if !slow("kubectl, kubernetes-validate and checkov judge the manifests") {
        return;
    }
    let sets: [&[&str]; 3] = [
        &["--preset", "full"],
        &["--preset", "minimal", "--with", "docker,health,kubernetes"],
        &["--preset", "standard", "--with", "auth,docker,kubernetes"],
    ];
    for set in sets {
        let workspace = Workspace::new("manifests", set);
        for overlay in ["dev", "prod"] {
            let all = kustomized(&workspace, overlay);
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("all.yaml");
            let known: Vec<_> = all
                .split("\n---\n")
                .filter(|object| !object.contains(FOREIGN))
                .collect();
            fs::write(&file, known.join("\n---\n")).expect("written");
            is_valid(&file);
            is_safe(&file);
            python(
                "manifests.py",
                &[workspace.path.as_os_str(), file.as_os_str()],
            );
        }
    }
}
