//! What is hot changes, each part in its own way.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Code;

use crate::harness::wait::until;
use crate::harness::{call, echo};
use crate::{Reloading, settings};

#[tokio::test]
async fn the_bounds_of_work_change_and_calls_keep_their_places() {
    let bounds = |streams: u64| {
        settings(20).replace(
            "{queue_timeout",
            &format!("{{streams: {streams}, queue_timeout"),
        )
    };
    let server = Reloading::start("bounds", &bounds(1)).await;
    let channel = server.server.connect().await;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let messages = UnboundedReceiverStream::new(receiver);
    let mut running = echo(&channel, messages).await;
    sender.send(()).unwrap();
    running.message().await.unwrap().unwrap();
    let status = call(&channel, "Answer").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    server.write(&bounds(2));
    server.reloader.reload().unwrap();
    call(&channel, "Answer").await.unwrap();
    // The stream that has begun under the old bound goes on.
    sender.send(()).unwrap();
    running.message().await.unwrap().unwrap();
    drop(sender);
    assert_eq!(running.message().await.unwrap(), None);
}

#[tokio::test]
async fn the_limit_of_connections_changes_for_new_ones() {
    let limit = |count: usize| settings(20) + &format!("server: {{max_connections: {count}}}\n");
    let server = Reloading::start("connections", &limit(1)).await;
    let first = server.server.connect().await;
    call(&first, "Answer").await.unwrap();
    let mut refused = TcpStream::connect(server.server.address).await.unwrap();
    // A reset is a way to close it.
    assert_eq!(refused.read(&mut [0]).await.unwrap_or_default(), 0);
    server.write(&limit(2));
    server.reloader.reload().unwrap();
    let second = server.server.connect().await;
    call(&second, "Answer").await.unwrap();
    // Those that are there stay, also under a limit that they exceed.
    server.write(&limit(1));
    server.reloader.reload().unwrap();
    for channel in [first, second] {
        call(&channel, "Answer").await.unwrap();
    }
}

#[tokio::test]
async fn the_log_level_changes_unless_it_stays() {
    let level =
        |seconds, level: &str| settings(seconds) + &format!("logging: {{level: {level}}}\n");
    let server = Reloading::start("level", &level(20, "info")).await;
    let log_level = server.server.shared.log_level.clone();
    server.write(&level(20, "warn"));
    server.reloader.reload().unwrap();
    assert_eq!(log_level.get().as_str(), "warn");
    // As on the admin page: a reload of something else leaves it.
    log_level.set("debug".to_owned().try_into().unwrap());
    server.write(&level(21, "warn"));
    server.reloader.reload().unwrap();
    assert_eq!(log_level.get().as_str(), "debug");
}

#[tokio::test]
async fn the_memory_limit_changes() {
    let limit = |bytes: &str| {
        settings(20).replace(
            "{queue_timeout",
            &format!("{{memory: {bytes}, queue_timeout"),
        )
    };
    let server = Reloading::start("memory", &limit("64GiB")).await;
    let shared = &server.server.shared;
    let watching = tokio::spawn(chassis::runtime::memory::watch(
        shared.memory_limit.clone(),
        shared.pressure.clone(),
        || {},
    ));
    let channel = server.server.connect().await;
    call(&channel, "Unary").await.unwrap();
    server.write(&limit("1MiB"));
    server.reloader.reload().unwrap();
    until(async || shared.pressure.is_high()).await;
    let status = call(&channel, "Unary").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    server.write(&limit("64GiB"));
    server.reloader.reload().unwrap();
    until(async || !shared.pressure.is_high()).await;
    call(&channel, "Unary").await.unwrap();
    watching.abort();
}
