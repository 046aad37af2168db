//! Section `audit`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::units::{BytesText, DurationText};

/// Where the record of every call goes, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// File that records are appended to; its folder must exist. Empty: standard output.
    ///
    /// Default `""`. A new file can be read by its owner only.
    pub file: PathBuf,
    /// When a new file is begun, and how many old ones are kept.
    pub rotate: Rotate,
    /// Records that wait for the writer; further ones are dropped, counted and warned of.
    ///
    /// Default `1000`.
    pub buffer: NonZeroUsize,
    /// Request headers whose values are recorded; one that may carry a secret is refused.
    ///
    /// Default `[]`. Of each value the first 256 bytes are recorded.
    pub metadata: Vec<MetadataName>,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            file: PathBuf::new(),
            rotate: Rotate::default(),
            buffer: NonZeroUsize::new(1000).expect("1000 is not 0"),
            metadata: Vec::new(),
        }
    }
}

/// When the file is set aside under a name with the time, and a new one is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Rotate {
    /// Largest size of a file; `"0B"`: any. Default `"100MiB"`.
    #[serde(with = "BytesText")]
    pub size: u64,
    /// A new file every so often, counted from midnight UTC for `"1d"`; `"0s"`: never.
    ///
    /// Default `"1d"`.
    #[serde(with = "DurationText")]
    pub interval: Duration,
    /// Files set aside that are kept, the newest; `0`: all. Default `10`.
    pub keep: usize,
}

impl Default for Rotate {
    fn default() -> Self {
        Self {
            size: 100 << 20,
            interval: Duration::from_secs(24 * 60 * 60),
            keep: 10,
        }
    }
}

/// Parts of names of headers that carry secrets, as far as names tell.
const SECRET: [&str; 11] = [
    "api-key",
    "api_key",
    "apikey",
    "auth",
    "cookie",
    "credential",
    "jwt",
    "passw",
    "secret",
    "session",
    "token",
];

/// The name of a header that may be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("pattern" = "^[A-Za-z0-9._-]+$")))]
#[serde(try_from = "String", into = "String")]
pub struct MetadataName(HeaderName);

impl MetadataName {
    /// The name of the header, in lower case.
    pub fn header(&self) -> &HeaderName {
        &self.0
    }
}

impl TryFrom<String> for MetadataName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name: HeaderName = text
            .parse()
            .map_err(|_| format!("expected the name of a header, found `{text}`"))?;
        match SECRET.iter().find(|part| name.as_str().contains(*part)) {
            Some(part) => Err(format!(
                "the header `{name}` may carry a secret, since its name has `{part}`: it cannot be audited"
            )),
            None => Ok(Self(name)),
        }
    }
}

impl From<MetadataName> for String {
    fn from(name: MetadataName) -> Self {
        name.0.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_with_secrets_are_refused() {
        let name = |text: &str| MetadataName::try_from(text.to_owned());
        for good in ["x-tenant", "X-Region", "x-idempotency-key", "trace-bin"] {
            let name = name(good).unwrap();
            assert_eq!(name.header().as_str(), good.to_lowercase());
        }
        for secret in [
            "authorization",
            "Authorization",
            "proxy-authorization",
            "cookie",
            "set-cookie",
            "x-api-key",
            "x-amz-security-token",
            "x-goog-iap-jwt-assertion",
        ] {
            let error = name(secret).unwrap_err();
            assert!(error.contains("may carry a secret"), "{error}");
        }
        let error = name("two words").unwrap_err();
        assert_eq!(error, "expected the name of a header, found `two words`");
    }
}
