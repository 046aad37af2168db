//! Moments as text and as numbers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `time` as RFC 3339 in UTC, to the millisecond: `2026-03-01T12:00:00.250Z`.
///
/// A clock that stands before 1970 is taken to stand there.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + since_1970(time)).to_string()
}

/// How long after the beginning of 1970 `time` is.
///
/// A clock that stands before 1970 is taken to stand there.
pub(crate) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_to_the_millisecond() {
        let text = |nanos| rfc3339(UNIX_EPOCH + Duration::new(1_772_366_400, nanos));
        assert_eq!(text(0), "2026-03-01T12:00:00.000Z");
        assert_eq!(text(250_999_999), "2026-03-01T12:00:00.250Z");
        assert_eq!(
            rfc3339(UNIX_EPOCH - Duration::from_secs(1)),
            "1970-01-01T00:00:00.000Z"
        );
    }
}
