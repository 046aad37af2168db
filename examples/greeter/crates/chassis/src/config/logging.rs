//! Section `logging`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::Targets;

/// What is logged, and how.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Logging {
    /// Least level that is logged, also per module: `"info,chassis=debug"`. Default `"info"`.
    pub level: Levels,
    /// Default `"json"`.
    pub format: Format,
}

/// How an event is written; the time is RFC 3339 in UTC in both.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line, for machines.
    #[default]
    Json,
    /// One line of text, for people.
    Text,
}

/// The form of [`Levels`], for editors.
#[cfg(test)]
const LEVELS: &str = "^ *([^,=]+=)?(off|error|warn|info|debug|trace) *\
                      (, *([^,=]+=)?(off|error|warn|info|debug|trace) *)*$";

/// A list of levels: one for all modules, others for single ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("pattern" = LEVELS)))]
#[serde(try_from = "String", into = "String")]
pub struct Levels {
    text: String,
    targets: Targets,
}

impl Levels {
    /// The levels as they are written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The levels as a filter of events.
    pub fn targets(&self) -> Targets {
        self.targets.clone()
    }
}

impl Default for Levels {
    fn default() -> Self {
        Self::try_from("info".to_owned()).expect("info is a level")
    }
}

impl TryFrom<String> for Levels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Targets::from_str(&text) {
            // A lone word that is no level would be taken for a module, with everything of it.
            Ok(targets) if text.split(',').all(is_level) => Ok(Self { text, targets }),
            _ => Err(format!(
                "expected a level such as `info` or `warn,chassis=debug`, found `{text}`"
            )),
        }
    }
}

impl From<Levels> for String {
    fn from(levels: Levels) -> Self {
        levels.text
    }
}

/// True for `info` and for `module=info`.
fn is_level(directive: &str) -> bool {
    let level = directive.rsplit('=').next().unwrap_or_default().trim();
    matches!(level, "off" | "error" | "warn" | "info" | "debug" | "trace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_checked() {
        for good in ["info", "off", "warn,chassis=debug", "info, h2=trace"] {
            assert!(Levels::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "loud", "chassis", "info,chassis=loud", "INFO!"] {
            assert!(Levels::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
