//! What tests need of the world outside, which may be without it.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, Instant};

use chassis::services::Services;

/// Longest wait for something that takes a moment.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Says why a test tests nothing here.
pub(crate) fn skipped(why: impl Display) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// What the environment says; says so if it does not.
pub(crate) fn environment(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    if value.is_none() {
        skipped(format_args!("{name} is not set"));
    }
    value
}

/// Waits until the services miss this.
pub(crate) async fn missing(services: &Services, expected: &[&str]) {
    let start = Instant::now();
    while services.dependencies().down("") != expected {
        assert!(start.elapsed() < LONG, "expected {expected:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
