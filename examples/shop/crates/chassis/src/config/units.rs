//! How quantities stand in the settings; the text itself is [`quantity`](super::quantity)'s.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::quantity::{self, Rate};

/// A quantity as it is written. A number is taken as well, so that the error tells the missing unit
/// rather than a wrong type.
struct Written(String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            other => Ok(Self(other.to_string())),
        }
    }
}

fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Written::deserialize(deserializer).map(|Written(text)| text)
}

/// A `Duration` as `"30s"`; for `#[serde(with = "DurationText")]`.
///
/// A type and no module, so that the schema for editors knows it by the same name.
pub(crate) struct DurationText;

impl DurationText {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        quantity::duration(&written(deserializer)?).map_err(D::Error::custom)
    }

    pub(crate) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        quantity::duration_text(*duration).serialize(serializer)
    }
}

/// The same, where a key may be missing.
pub(crate) struct SomeDurationText;

impl SomeDurationText {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<Written>::deserialize(deserializer)?;
        text.map(|Written(text)| quantity::duration(&text))
            .transpose()
            .map_err(D::Error::custom)
    }

    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(quantity::duration_text).serialize(serializer)
    }
}

/// A number of bytes as `"4MiB"`; for `#[serde(with = "SizeText")]`.
///
/// Below 4 GiB: the length of a gRPC message has 32 bits.
pub(crate) struct SizeText;

impl SizeText {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<usize, D::Error> {
        let text = written(deserializer)?;
        let bytes = quantity::size(&text).map_err(D::Error::custom)?;
        u32::try_from(bytes)
            .ok()
            .and_then(|bytes| usize::try_from(bytes).ok())
            .ok_or_else(|| {
                D::Error::custom(format!("expected a size below `4GiB`, found `{text}`"))
            })
    }

    pub(crate) fn serialize<S: Serializer>(
        bytes: &usize,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        quantity::size_text(*bytes as u64).serialize(serializer)
    }
}

/// A number of bytes of any size; for `#[serde(with = "BytesText")]`.
pub(crate) struct BytesText;

impl BytesText {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        quantity::size(&written(deserializer)?).map_err(D::Error::custom)
    }

    pub(crate) fn serialize<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        quantity::size_text(*bytes).serialize(serializer)
    }
}

/// A rate as `"100/s"`.
impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "super::DurationText")]
        time: Duration,
        #[serde(with = "super::SizeText")]
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
        for size in ["", "4", "MiB", "4MB", "4mib", "-1B"] {
            assert!(
                read("1s", size).unwrap_err().contains("such as `4MiB`"),
                "{size}"
            );
        }
        assert!(read("1s", "4GiB").unwrap_err().contains("below `4GiB`"));
    }
}
