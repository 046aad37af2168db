//! What a profile tells.

use serde::Serialize;

use crate::call::Kind;

/// How one method does. Times are in milliseconds, and 0 as long as no call has ended.
#[derive(Debug, Clone, Serialize)]
pub struct MethodReport {
    /// The name without the service.
    pub method: String,
    /// The full name of the service.
    pub service: String,
    /// Which sides stream.
    pub kind: Kind,
    /// The calls that have ended.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// The part of the calls that failed, from 0 to 1.
    pub error_rate: f64,
    /// The calls that have not ended.
    pub in_flight: u64,
    /// The calls that ended in a second, on average of the last minute.
    pub per_second: f64,
    /// The shortest.
    pub min_ms: f64,
    /// The average.
    pub mean_ms: f64,
    /// What half of the calls do not exceed; this and the other quantiles are true to a hundredth.
    pub p50_ms: f64,
    /// What nine of ten do not exceed.
    pub p90_ms: f64,
    /// What 99 of a hundred do not exceed.
    pub p99_ms: f64,
    /// What 999 of a thousand do not exceed.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// The last call that failed.
    pub last_error: Option<LastError>,
}

/// How a call failed.
#[derive(Debug, Clone, Serialize)]
pub struct LastError {
    /// Such as `NOT_FOUND`.
    pub code: &'static str,
    /// What the caller was told, up to 256 characters of it.
    pub message: String,
    /// When the call ended, as RFC 3339.
    pub time: String,
}
