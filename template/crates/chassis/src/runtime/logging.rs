//! Sets up the log of the process: events to standard output, panics included.

use std::backtrace::Backtrace;
use std::io::{IsTerminal, stdout};
use std::panic;

use tracing::error;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::config::{Format, Logging};

/// Starts logging; called once, by the process that owns standard output.
///
/// Panics are logged from here on, with a backtrace, instead of printed: a contained one is an
/// event like any other.
pub fn start(settings: &Logging) {
    let layer = match settings.format {
        Format::Json => fmt::layer().json().flatten_event(true).boxed(),
        Format::Text if stdout().is_terminal() => fmt::layer().boxed(),
        // A file or a pipe shows no colours.
        Format::Text => fmt::layer().with_ansi(false).boxed(),
    };
    registry()
        .with(layer.with_filter(settings.level.targets()))
        .init();
    panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let location = panic.location().map(tracing::field::display);
        error!(message, location, backtrace = %Backtrace::force_capture(), "panicked");
    }));
}
