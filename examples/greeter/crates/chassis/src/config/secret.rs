//! Secrets: settings say where one is, never what it is.
//!
//! The two types keep them apart. [`SecretSource`] stands in the settings and may be seen; [`Secret`]
//! is what it leads to, and is neither printed nor written by any means but [`Secret::expose`].

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

/// Where a secret is: `file:/run/secrets/password`, `env:PGPASSWORD`, or nothing for none.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("pattern" = "^(|file:.+|env:.+)$")))]
#[serde(try_from = "String", into = "String")]
pub enum SecretSource {
    /// There is none.
    #[default]
    None,
    /// In this file, less the line break at its end.
    File(PathBuf),
    /// In the environment variable of that name.
    Environment(String),
}

/// Something that nobody should see.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A secret that is not where it should be; tells nothing of what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the secret in `{}` cannot be read: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The variable is not set, or is no text.
    #[error("the secret in the environment variable `{0}` is missing")]
    Environment(String),
}

impl SecretSource {
    /// Reads the secret; none if there is none. Blocks for as long as the file takes.
    pub fn read(&self) -> Result<Option<Secret>, SecretError> {
        match self {
            Self::None => Ok(None),
            Self::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Some(Secret::of_line(&text))),
                Err(error) => Err(SecretError::File {
                    path: path.clone(),
                    reason: error.to_string(),
                }),
            },
            Self::Environment(name) => match std::env::var(name) {
                Ok(text) => Ok(Some(Secret(text))),
                Err(_) => Err(SecretError::Environment(name.clone())),
            },
        }
    }

    /// The file, if it is in one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }
}

impl Secret {
    /// The secret itself, for the one who needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Editors put a line break at the end.
    fn of_line(text: &str) -> Self {
        let text = text.strip_suffix('\n').unwrap_or(text);
        Self(text.strip_suffix('\r').unwrap_or(text).to_owned())
    }
}

impl TryFrom<String> for SecretSource {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match text.split_once(':') {
            None if text.is_empty() => Ok(Self::None),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Environment(name.to_owned())),
            // Not a word of what was found: it may be the secret.
            _ => Err(
                "expected where the secret is, `file:/run/secrets/name` or `env:NAME`, not the \
                      secret itself",
            ),
        }
    }
}

impl From<SecretSource> for String {
    fn from(source: SecretSource) -> Self {
        match source {
            SecretSource::None => Self::new(),
            SecretSource::File(path) => format!("file:{}", path.display()),
            SecretSource::Environment(name) => format!("env:{name}"),
        }
    }
}

/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        HIDDEN.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANTED: &str = "hunter2-of-the-tests";

    #[test]
    fn a_source_leads_to_a_secret_that_nobody_sees() {
        let file = std::env::temp_dir().join(format!("secret-{}", std::process::id()));
        std::fs::write(&file, format!("{PLANTED}\r\n")).unwrap();
        let text = format!("file:{}", file.display());
        let source = SecretSource::try_from(text.clone()).unwrap();
        assert_eq!(String::from(source.clone()), text);
        let secret = source.read().unwrap().unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(secret.expose(), PLANTED);
        let seen = format!("{secret:?} {}", serde_json::to_string(&secret).unwrap());
        assert!(!seen.contains(PLANTED), "{seen}");
        assert!(matches!(source.read(), Err(SecretError::File { .. })));
        assert_eq!(SecretSource::None.read(), Ok(None));
    }

    #[test]
    fn a_secret_in_the_settings_is_refused_and_not_repeated() {
        for bad in [PLANTED, "file:", "env:", "http://hunter2-of-the-tests"] {
            let error = serde_json::from_value::<SecretSource>(bad.into()).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(
                error.to_string().contains("not the secret itself"),
                "{error}"
            );
        }
    }
}
