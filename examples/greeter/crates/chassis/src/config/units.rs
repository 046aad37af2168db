//! Durations and sizes, always written with their unit.

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

/// A `Duration` as `"30s"`; for `#[serde(with = "duration")]`.
pub(super) mod duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    const UNITS: &[(&str, u64)] = &[
        ("ms", 1),
        ("s", 1000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
    ];

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::multiply(&text, UNITS)
            .map(Duration::from_millis)
            .ok_or_else(|| {
                Error::custom(format!(
                    "expected a duration in ms, s, m, h or d, such as `30s`, found `{text}`"
                ))
            })
    }

    pub(in crate::config) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        super::divide(millis, UNITS).serialize(serializer)
    }
}

/// A number of bytes as `"4MiB"`; for `#[serde(with = "size")]`.
///
/// At most 4 GiB: the length of a gRPC message has 32 bits.
pub(super) mod size {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    const UNITS: &[(&str, u64)] = &[
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<usize, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = super::multiply(&text, UNITS).filter(|bytes| *bytes <= u64::from(u32::MAX));
        bytes.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(|| {
            Error::custom(format!(
                "expected a size in B, KiB, MiB or GiB, below `4GiB`, such as `4MiB`, found `{text}`"
            ))
        })
    }

    pub(in crate::config) fn serialize<S: Serializer>(
        bytes: &usize,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        super::divide(*bytes as u64, UNITS).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "super::duration")]
        time: Duration,
        #[serde(with = "super::size")]
        size: usize,
    }

    fn read(time: &str, size: &str) -> Result<Both, String> {
        let value = serde_json::json!({ "time": time, "size": size });
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn units_are_read() {
        let both = read("1500ms", "16KiB").unwrap();
        assert_eq!(
            (both.time, both.size),
            (Duration::from_millis(1500), 16 << 10)
        );
        assert_eq!(
            read("2 h", "3 GiB").unwrap().time,
            Duration::from_secs(7200)
        );
        assert_eq!(read("0s", "0B").unwrap().size, 0);
    }

    #[test]
    fn anything_else_is_refused() {
        for time in [
            "",
            "30",
            "s",
            "-1s",
            "1.5s",
            "30 seconds",
            "99999999999999999999s",
        ] {
            assert!(
                read(time, "1B").unwrap_err().contains("such as `30s`"),
                "{time}"
            );
        }
        for size in ["", "4", "MiB", "4MB", "4mib", "4GiB", "-1B"] {
            assert!(
                read("1s", size).unwrap_err().contains("such as `4MiB`"),
                "{size}"
            );
        }
    }

    #[test]
    fn the_largest_unit_is_written() {
        for (time, size) in [
            ("1500ms", "16KiB"),
            ("5m", "4MiB"),
            ("0ms", "0B"),
            ("36h", "1000B"),
        ] {
            let both = read(time, size).unwrap();
            let json = serde_json::json!({ "time": time, "size": size });
            assert_eq!(serde_json::to_value(both).unwrap(), json);
        }
    }
}
