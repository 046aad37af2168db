//! Every command of the RUNBOOK works against a server that runs.

use std::process::Command;

use crate::command::complaints;
use crate::server::{Server, python};
use crate::workspace::{SAMPLE, repository, slow};

#[test]
fn every_command_of_the_runbook_works() {
    if !slow("the commands of RUNBOOK.md, by bash, curl and jq") {
        return;
    }
    let server = Server::with_stores();
    let admin = server.admin.as_deref().expect("an admin port");
    // Something to look at.
    python("ended.py", &[server.address.as_ref(), admin.as_ref()]);
    let text = std::fs::read_to_string(SAMPLE.path.join("RUNBOOK.md")).expect("rendered");
    let blocks: Vec<_> = text
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("it ends"))
        .collect();
    assert!(blocks.len() >= 6, "{} blocks", blocks.len());
    for block in blocks {
        for command in block.lines().filter(|line| line.starts_with("curl ")) {
            let output = Command::new("bash")
                .args(["-o", "pipefail", "-euc", command])
                .env("ADMIN", format!("http://{admin}"))
                .current_dir(repository("."))
                .output()
                .expect("bash runs");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && !said.trim().is_empty(),
                "{command}\n{said}{}",
                complaints(&output)
            );
            // A key that the server does not tell is null to jq.
            let unset = said.lines().filter(|line| line.contains(": null"));
            let unset: Vec<_> = unset
                .filter(|line| {
                    ![
                        "memory_limit_bytes",
                        "detail",
                        "timeout",
                        "slow",
                        "last_error",
                        "fault",
                    ]
                    .iter()
                    .any(|known| line.contains(known))
                })
                .collect();
            assert_eq!(unset, Vec::<&str>::new(), "{command}");
            assert_ne!(said.trim(), "null", "{command}");
        }
    }
    assert_eq!(server.end("-TERM"), Some(0));
}
