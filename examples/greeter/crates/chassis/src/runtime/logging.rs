//! Sets up the log of the process: events to standard output, panics included.
//!
//! An event that comes while a call is worked on tells the call's id and method, whoever logs it.

use std::backtrace::Backtrace;
use std::fmt;
use std::io::{IsTerminal, stdout};
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{Event, Subscriber, error, info};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{JsonFields, Writer, format as event};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, registry, reload};

use crate::call::{Call, current};
use crate::config::{Format, Levels, Logging};

/// A part of the log, by itself.
pub type LogLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging, with `more` layers beside the log; called once, by the process that owns standard
/// output.
///
/// Panics are logged from here on, with a backtrace, instead of printed: a contained one is an
/// event like any other.
pub fn start(settings: &Logging, more: Vec<LogLayer>) -> LogLevel {
    let (filter, handle) = reload::Layer::new(settings.level.targets());
    let mut layers = vec![log(settings.format).with_filter(filter).boxed()];
    layers.extend(more);
    registry().with(layers).init();
    panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let location = panic.location().map(tracing::field::display);
        error!(message, location, backtrace = %Backtrace::force_capture(), "panicked");
    }));
    LogLevel {
        handle: Some(handle),
        levels: Arc::new(Mutex::new(settings.level.clone())),
    }
}

fn log(format: Format) -> LogLayer {
    match format {
        Format::Json => layer()
            .fmt_fields(JsonFields::new())
            .event_format(InCall(event().json().flatten_event(true), add_json))
            .boxed(),
        // A file or a pipe shows no colours.
        Format::Text => layer()
            .with_ansi(stdout().is_terminal())
            .event_format(InCall(event(), add_text))
            .boxed(),
    }
}

// === LogLevel ===

/// Changes the level of the running log; clones change the same one.
#[derive(Debug, Default, Clone)]
pub struct LogLevel {
    /// None where somebody else owns the log, as in tests.
    handle: Option<reload::Handle<Targets, Registry>>,
    levels: Arc<Mutex<Levels>>,
}

impl LogLevel {
    /// The levels in force.
    pub fn get(&self) -> Levels {
        let levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        levels.clone()
    }

    /// Puts `levels` in force.
    pub fn set(&self, levels: Levels) {
        let mut present = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &self.handle
            && let Err(error) = handle.reload(levels.targets())
        {
            return error!(%error, "the log level stays");
        }
        *present = levels;
        info!(level = present.as_str(), "log level changed");
    }
}

// === InCall ===

/// Adds the current call to the end of each event.
#[derive(Debug)]
struct InCall<F>(F, fn(&Call, &mut String));

impl<S, N, F> FormatEvent<S, N> for InCall<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Self(inner, add) = self;
        let in_call = current(|call| {
            let mut text = String::new();
            inner.format_event(context, Writer::new(&mut text), event)?;
            add(call, &mut text);
            Ok(text)
        });
        match in_call {
            Some(text) => writer.write_str(&text?),
            None => inner.format_event(context, writer, event),
        }
    }
}

/// `text` is an object and a line end.
fn add_json(call: &Call, text: &mut String) {
    let body = text.trim_end();
    text.truncate(body.strip_suffix('}').unwrap_or(body).len());
    call.label(|name, value| text.push_str(&format!(",\"{name}\":\"{value}\"")));
    text.push_str("}\n");
}

fn add_text(call: &Call, text: &mut String) {
    text.truncate(text.trim_end().len());
    call.label(|name, value| text.push_str(&format!(" {name}={value}")));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::testing;

    #[test]
    fn an_event_of_a_call_tells_the_call() {
        let (head, ()) = http::Request::new(()).into_parts();
        let call = testing::unknown(&head);
        let id = call.id().as_str();
        let mut json = "{\"message\":\"hello\"}\n".to_owned();
        add_json(&call, &mut json);
        let event: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (&event["message"], &event["method"]),
            (&"hello".into(), &"unknown".into())
        );
        assert_eq!(event["request_id"], id);
        let mut text = "hello\n".to_owned();
        add_text(&call, &mut text);
        assert!(text.starts_with(&format!("hello request_id={id} method=unknown")));
        assert!(text.ends_with('\n') && json.ends_with('\n'));
    }
}
