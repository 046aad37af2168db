//! Quantities as text, always with their unit: `30s`, `4MiB`, `100/s`.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

const TIMES: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

const SIZES: &[(&str, u64)] = &[
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads a duration such as `1500ms`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    multiply(text, TIMES)
        .map(Duration::from_millis)
        .ok_or_else(|| {
            format!("expected a duration in ms, s, m, h or d, such as `30s`, found `{text}`")
        })
}

/// Writes a duration in the largest unit that divides it; none at all is `0s`.
pub fn duration_text(duration: Duration) -> String {
    if duration.is_zero() {
        return "0s".to_owned();
    }
    divide(
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        TIMES,
    )
}

/// A setting of which zero means that there is none.
pub(crate) fn nonzero(duration: Duration) -> Option<Duration> {
    (!duration.is_zero()).then_some(duration)
}

/// Reads a number of bytes such as `16KiB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    multiply(text, SIZES).ok_or_else(|| {
        format!("expected a size in B, KiB, MiB or GiB, such as `4MiB`, found `{text}`")
    })
}

/// Writes a number of bytes in the largest unit that divides it.
pub(crate) fn size_text(bytes: u64) -> String {
    divide(bytes, SIZES)
}

/// So many calls in so much time; as many may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Calls in `per`, and the largest burst.
    pub count: NonZeroU32,
    /// A second, a minute, an hour or a day.
    pub per: Duration,
}

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate = text.split_once('/').and_then(|(count, unit)| {
            let count = count.trim().parse().ok()?;
            let unit = unit.trim();
            let (_, millis) = TIMES.iter().find(|(name, _)| *name == unit)?;
            let per = Duration::from_millis(*millis);
            (unit != "ms").then_some(Self { count, per })
        });
        rate.ok_or_else(|| {
            format!("expected a rate per s, m, h or d, such as `100/s`, found `{text}`")
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = duration_text(self.per);
        write!(f, "{}/{}", self.count, unit.trim_start_matches('1'))
    }
}

/// Finds the unit at the end of `text` and multiplies by it; none for anything else.
fn multiply(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// Writes `value` in the largest unit that divides it.
fn divide(value: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, factor): &&(&str, u64)| value.is_multiple_of(*factor) && value >= *factor;
    let (name, factor) = units.iter().rev().find(fits).unwrap_or(&units[0]);
    format!("{}{name}", value / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_written() {
        for text in ["1/s", "6000/m", "5/h", "100/d"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for bad in ["", "0/s", "5", "5/ms", "/s", "-1/s", "5/week", "1/s/s"] {
            assert!(
                bad.parse::<Rate>().unwrap_err().contains("such as `100/s`"),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_largest_unit_is_written() {
        for text in ["1500ms", "5m", "0s", "36h", "2d"] {
            assert_eq!(duration_text(duration(text).unwrap()), text);
        }
        for text in ["1000B", "4MiB", "3GiB"] {
            assert_eq!(size_text(size(text).unwrap()), text);
        }
    }
}
