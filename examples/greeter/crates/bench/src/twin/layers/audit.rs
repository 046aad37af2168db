//! A line of JSON for each call, written when it ends.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use chassis::config::Audit;
use serde_json::json;

use super::observe::{Boxed, observe};

/// Writes the audit.
pub(super) fn layer(service: Boxed, settings: &Audit) -> Boxed {
    let Ok(file) = File::create(settings.file.with_extension("naive")) else {
        return service;
    };
    let file = Arc::new(Mutex::new(BufWriter::new(file)));
    observe(service, move |request| {
        let method = request.uri().path().to_owned();
        let header = |name| {
            let value = request.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let user_agent = header("user-agent");
        let start = Instant::now();
        let file = Arc::clone(&file);
        Box::new(move |code| {
            let line = json!({
                "timestamp": format!("{:?}", SystemTime::now()),
                "method": method,
                "user_agent": user_agent,
                "code": format!("{code:?}"),
                "duration_ms": start.elapsed().as_secs_f64() * 1e3,
            });
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(file, "{line}");
        })
    })
}
