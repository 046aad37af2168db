//! Alerts, rules and the dashboard before Prometheus: its tool, and the server itself with a live target.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::succeeds;
use crate::server::{Background, Server, free_port, python};
use crate::workspace::{SAMPLE, Workspace, repository, slow};

/// Runs promtool, which must find nothing.
fn promtool(arguments: &[&str], folder: &Path) {
    succeeds(Command::new("promtool").args(arguments).current_dir(folder));
}

/// Alerts fire when they should and else are quiet, whatever the protos are.
#[test]
fn alerts_fire_when_they_should() {
    if !slow("promtool tests the alerts") {
        return;
    }
    let shop = repository("examples/protos/acme/shop/v1/shop.proto");
    let features = "admin,metrics,monitoring";
    let stores = format!("{features},postgres,redis");
    let sets: [&[&str]; 3] = [
        &["--preset", "full"],
        &["--preset", "minimal", "--with", &stores],
        &["--preset", "minimal", "--with", features, "--proto"],
    ];
    for set in sets {
        let mut set = set.to_vec();
        if set.last() == Some(&"--proto") {
            set.push(shop.to_str().expect("UTF-8"));
        }
        let workspace = Workspace::new("my-alerts", &set);
        let folder = workspace.path.join("deploy/prometheus");
        promtool(&["check", "rules", "rules.yaml"], &folder);
        promtool(&["check", "config", "prometheus.yaml"], &folder);
        promtool(&["test", "rules", "rules.test.yaml"], &folder);
    }
}

/// A Prometheus with the rendered rules, that scrapes one server.
struct Prometheus {
    _process: Background,
    address: String,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start(workspace: &Workspace, target: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let rendered = workspace.path.join("deploy/prometheus");
        fs::copy(
            rendered.join("rules.yaml"),
            folder.path().join("rules.yaml"),
        )
        .expect("copied");
        let text = fs::read_to_string(rendered.join("prometheus.yaml")).expect("rendered");
        // In a hurry, and one target instead of a name that nobody has here.
        let (before, _) = text.split_once("    # Every address").expect("targets");
        let mut text = before.replace("15s", "1s");
        text += &format!("    static_configs: [{{targets: ['{target}']}}]\n");
        fs::write(folder.path().join("prometheus.yaml"), text).expect("written");
        let address = format!("127.0.0.1:{}", free_port());
        let mut prometheus = Command::new("prometheus");
        prometheus
            .arg("--config.file=prometheus.yaml")
            .arg("--storage.tsdb.path=data")
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path());
        Self {
            _process: Background::start(&mut prometheus, &address),
            address,
            _folder: folder,
        }
    }
}

/// Every metric that a rule or the dashboard names exists, and the dashboard shows something.
#[test]
fn prometheus_finds_what_rules_and_dashboard_speak_of() {
    if !slow("a Prometheus that scrapes the sample") {
        return;
    }
    let server = Server::with_stores();
    let admin = server.admin.clone().expect("an admin port");
    let prometheus = Prometheus::start(&SAMPLE, &admin);
    python(
        "monitored.py",
        &[
            SAMPLE.path.as_ref(),
            prometheus.address.as_ref(),
            server.address.as_ref(),
            admin.as_ref(),
        ],
    );
    assert_eq!(server.end("-TERM"), Some(0));
}
