//! The generated client and a server that packets do not reach any more.

use std::process::Command;

use crate::command::succeeds;
use crate::workspace::{Workspace, slow};

#[test]
fn a_server_whose_packets_are_lost_leaves_the_pool_and_costs_no_call() {
    if !slow("a network namespace whose packets are dropped") {
        return;
    }
    let workspace = Workspace::new("blackholed", &["--preset", "full"]);
    let example = workspace.example("blackholed.rs");
    succeeds(
        Command::new("unshare")
            .args(["--map-root-user", "--net"])
            .arg(example),
    );
}
