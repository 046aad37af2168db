//! A histogram per method, in one map under one lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hdrhistogram::Histogram;

use super::observe::{Boxed, labels, observe};

/// Times calls.
pub(super) fn layer(service: Boxed) -> Boxed {
    let profile = Arc::new(Mutex::new(HashMap::<String, Histogram<u64>>::new()));
    observe(service, move |request| {
        let (service, method) = labels(request);
        let start = Instant::now();
        let profile = Arc::clone(&profile);
        Box::new(move |_| {
            let mut profile = profile.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Histogram::new_with_max(60_000_000, 2).ok();
            let name = format!("{service}/{method}");
            if !profile.contains_key(&name)
                && let Some(histogram) = new()
            {
                profile.insert(name.clone(), histogram);
            }
            if let Some(histogram) = profile.get_mut(&name) {
                histogram.saturating_record(start.elapsed().as_micros() as u64);
            }
        })
    })
}
