//! The generated client and a server that packets do not reach any more.

use std::process::Command;

use crate::command::succeeds;
use crate::foreign::CALLER;
use crate::workspace::slow;

#[test]
fn a_server_whose_packets_are_lost_leaves_the_pool_and_costs_no_call() {
    if !slow("a network namespace whose packets are dropped") {
        return;
    }
    succeeds(
        Command::new("unshare")
            .args(["--map-root-user", "--net"])
            .arg(CALLER.binary("examples/blackholed")),
    );
}
