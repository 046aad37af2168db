//! Each way in which a file changes is noticed, once.

use std::time::Duration;

use tokio::time::sleep;
use tonic::Code;

use crate::harness::call;
use crate::harness::files::replace;
use crate::{Reloading, settings};

#[tokio::test]
async fn a_file_written_in_place_is_read() {
    let mut server = Reloading::start("in-place", &settings(20)).await;
    server.watch();
    for seconds in [21, 22] {
        server.write(&settings(seconds));
        server.deadline(seconds).await;
    }
    // In force for calls: this one would wait for ever.
    server.write(&settings(1));
    server.deadline(1).await;
    let channel = server.server.connect().await;
    let status = call(&channel, "UnaryWait").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_file_replaced_by_another_is_read() {
    let mut server = Reloading::start("rename", &settings(20)).await;
    server.watch();
    for seconds in [21, 22] {
        // As editors do it, and whoever wants no half of a file to be read.
        replace(&server.file, settings(seconds));
        server.deadline(seconds).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_config_map_that_is_replaced_is_read() {
    let name = "settings.yaml";
    let mut map = crate::mounted::Mounted::new("config-map", &[name]);
    map.publish(&[(name, &settings(20))]);
    let mut server = Reloading::start_from(map.folder.join(name)).await;
    server.watch();
    for seconds in [21, 22] {
        map.publish(&[(name, &settings(seconds))]);
        server.deadline(seconds).await;
    }
}

#[tokio::test]
async fn a_file_system_that_tells_nothing_is_looked_at() {
    let silent =
        |seconds| settings(seconds).replace("settle: 20ms, poll: 0s", "watch: false, poll: 10ms");
    let mut server = Reloading::start("poll", &silent(20)).await;
    server.watch();
    server.write(&silent(21));
    server.deadline(21).await;
}

#[tokio::test]
async fn what_was_written_before_the_watch_began_is_read() {
    let mut server = Reloading::start("before", &settings(20)).await;
    server.write(&settings(21));
    server.watch();
    server.deadline(21).await;
}

#[tokio::test]
async fn a_burst_is_one_reload() {
    let slow = |seconds| settings(seconds).replace("20ms", "300ms");
    let mut server = Reloading::start("burst", &slow(20)).await;
    server.watch();
    for seconds in 21..61 {
        server.write(&slow(seconds));
        sleep(Duration::from_millis(2)).await;
    }
    server.deadline(60).await;
    let status = server.server.shared.settings.status();
    // On a machine that is so busy that it pauses within the burst, perhaps a second one.
    assert!(status.applied <= 2, "{status:?}");
    assert_eq!(status.refused, 0, "{status:?}");
}
