//! What is wrong changes nothing and is told; what needs a restart is told to.

use std::fs;
use std::time::Duration;

use chassis::reload::Reloaded;

use crate::harness::log::Log;
use crate::harness::wait::until;
use crate::{Reloading, settings};

#[tokio::test]
async fn a_bad_file_changes_nothing_and_is_told() {
    let (log, _guard) = Log::capture();
    let server = Reloading::start("bad", &settings(20)).await;
    let status = || server.server.shared.settings.status();
    let bad = settings(20) + "logging: {level: loud}\nserver: {prot: 1}\n";
    for (number, (yaml, expected)) in [
        (bad.as_str(), "settings.yaml:5:18: `logging.level`: "),
        (&bad, "settings.yaml:6:10: `server.prot`: "),
        ("deadline: [", "settings.yaml:"),
        ("", "is empty"),
        ("policy: [{methods: no.such/Method}]", "`no.such/Method`"),
        ("deadline: {unary: 1ms}", "`load_shedding.queue_timeout`"),
    ]
    .into_iter()
    .enumerate()
    {
        server.write(yaml);
        let error = server.reloader.reload().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(status().fault, Some(error));
        assert_eq!(status().refused, number as u64 + 1);
        server.deadline(20).await;
    }
    fs::remove_file(&server.file).unwrap();
    assert!(server.reloader.reload().is_err());
    let told = log.events("settings refused: the old ones stay");
    assert_eq!(told.len(), 7);
    assert!(told[0]["error"].as_str().unwrap().contains("`loud`"));

    server.write(&settings(21));
    assert_eq!(server.reloader.reload().unwrap(), Reloaded::Applied);
    server.deadline(21).await;
    let status = status();
    assert_eq!((status.generation, status.fault), (2, None));
    assert_eq!(server.reloader.reload().unwrap(), Reloaded::Unchanged);
}

#[tokio::test]
async fn a_bad_file_is_told_once_however_long_it_lies_there() {
    let mut server = Reloading::start("once", &settings(20)).await;
    server.watch();
    server.write("nonsense: true");
    let settings_of = server.server.shared.settings.clone();
    until(async || settings_of.status().refused == 1).await;
    // Other files in the folder are not ours.
    for number in 0..5 {
        fs::write(server.file.with_file_name("other"), [number]).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(settings_of.status().refused, 1);
    server.write(&settings(21));
    server.deadline(21).await;
}

#[tokio::test]
async fn a_key_that_needs_a_restart_is_told_and_stays() {
    let (log, _guard) = Log::capture();
    let server = Reloading::start("restart", &settings(20)).await;
    let status = || server.server.shared.settings.status();
    let colder = settings(21) + "server: {port: 7, shutdown: {delay: 9s}}\n";
    server.write(&colder);
    assert_eq!(server.reloader.reload().unwrap(), Reloaded::Applied);
    server.deadline(21).await;
    let mut waiting = status().waiting;
    waiting.sort();
    assert_eq!(waiting, ["server.port", "server.shutdown.delay"]);
    let now = server.server.shared.settings.now();
    assert_ne!(now.server.port, 7);
    // Once: it is no news the second time.
    assert_eq!(server.reloader.reload().unwrap(), Reloaded::Unchanged);
    let told = log.events("settings need a restart");
    assert_eq!(told.len(), 1);
    assert!(told[0]["keys"].as_str().unwrap().contains("server.port"));
    // Taken back, it waits no more.
    server.write(&settings(21));
    server.reloader.reload().unwrap();
    assert_eq!(status().waiting, [""; 0]);
}
