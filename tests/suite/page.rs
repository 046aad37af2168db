//! The admin page in a browser: what people see.

use std::path::Path;
use std::process::{Command, Output};

use crate::command::{complaints, succeeds};
use crate::server::{Server, python};
use crate::workspace::{SAMPLE, slow};

#[test]
fn the_page_shows_the_server_in_a_browser() {
    if !slow("headless Chromium and a Python client") {
        return;
    }
    let workspace = &*SAMPLE;
    let server = Server::start(workspace, "greeter");
    let protos = workspace.path.join("proto");
    python("client.py", &[server.address.as_ref(), protos.as_ref()]);
    let admin = server.admin.as_deref().expect("an admin port");
    let page = format!("http://{admin}/");

    let shown = browse(&["--dump-dom", &page]);
    let dom = String::from_utf8_lossy(&shown.stdout);
    let errors = complaints(&shown);
    // Methods, a failure with its message, the policy, a setting, what became of reloads; and the script
    // ran without errors.
    for expected in [
        "SayHello",
        "INVALID_ARGUMENT",
        "GreetAll",
        "max_connections",
        "Generation 1, taken",
        "serving",
    ] {
        assert!(dom.contains(expected), "no `{expected}` in\n{dom}");
    }
    assert!(!errors.contains("Uncaught"), "{errors}");

    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("admin.png");
    let _ = std::fs::remove_file(&picture);
    let option = format!("--screenshot={}", picture.display());
    browse(&[&option, "--window-size=1280,1600", &page]);
    let bytes = std::fs::read(&picture).expect("a picture").len();
    assert!(bytes > 20_000, "the picture is empty: {bytes} bytes");
    // On a phone as on a desk, and without anybody else in the network.
    python("page.py", &[admin.as_ref()]);
    assert_eq!(server.end("-TERM"), Some(0));
}

/// Opens a page, and gives it time to fetch what it shows.
fn browse(arguments: &[&str]) -> Output {
    succeeds(
        Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--enable-logging=stderr", "--virtual-time-budget=6000"])
            .args(arguments),
    )
}
