//! Reads the settings: defaults ← file ← environment.

use std::ffi::OsString;
use std::path::Path;
use std::{fmt, fs};

use serde_json::Value;

use super::Config;

/// What is wrong with the settings, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// A file, with line and column if the fault has one, or an environment variable.
    pub place: String,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Reads the YAML `file`, then the environment; keys that are in neither have their defaults.
///
/// `name` is that of the server: for `my-greeter`, `MY_GREETER__SERVER__PORT` sets `server.port`.
pub fn load(file: &Path, name: &str) -> Result<Config, ConfigError> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    load_with(file, name, std::env::vars_os().filter_map(text))
}

/// The same with a given environment.
fn load_with(
    file: &Path,
    name: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let place = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| ConfigError {
        place: place.clone(),
        message: error.to_string(),
    })?;
    let mut config = parse(&text, &place)?;

    let prefix = format!("{}__", name.replace('-', "_").to_uppercase());
    let ours = |(name, _): &(String, String)| name.starts_with(&prefix);
    let mut overrides: Vec<_> = variables.into_iter().filter(ours).collect();
    // The environment has no order; the errors should have one.
    overrides.sort();
    for (name, value) in overrides {
        let key = name[prefix.len()..].to_lowercase().replace("__", ".");
        config = replace(&config, &key, &value).map_err(|message| ConfigError {
            place: name,
            message,
        })?;
    }
    Ok(config)
}

/// Reads YAML; `place` names it in errors.
fn parse(text: &str, place: &str) -> Result<Config, ConfigError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let message = error.without_snippet().to_string();
        let Some(at) = error.location() else {
            return ConfigError {
                place: place.to_owned(),
                message,
            };
        };
        let (line, column) = (at.line(), at.column());
        let message = message.trim_end_matches(&format!(" at line {line}, column {column}"));
        // The line holds the key, which not every message names.
        let source = text
            .lines()
            .nth(line as usize - 1)
            .unwrap_or_default()
            .trim();
        ConfigError {
            place: format!("{place}:{line}:{column}"),
            message: format!("{message} in `{source}`"),
        }
    })
}

/// Sets one key, such as `server.port`; its present value tells how `text` is to be read.
fn replace(config: &Config, key: &str, text: &str) -> Result<Config, String> {
    let mut root = serde_json::to_value(config).map_err(|error| error.to_string())?;
    let pointer = format!("/{}", key.replace('.', "/"));
    let value = root
        .pointer_mut(&pointer)
        .ok_or_else(|| format!("unknown key `{key}`"))?;
    *value = match value {
        Value::Object(_) => return Err(format!("`{key}` is a section, not a key")),
        Value::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect(),
        Value::String(_) => text.into(),
        _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    };
    serde_json::from_value(root).map_err(|error| format!("{error} in `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str, expected: &str) {
        assert_eq!(parse(yaml, "a.yaml").unwrap_err().to_string(), expected);
    }

    #[test]
    fn faults_in_the_file_have_a_place() {
        let keys = "host, port, max_connections, max_concurrent_streams, max_header_list_size, \
                    handshake_timeout, keepalive, shutdown";
        check(
            "server:\n  port: 1\n  prot: 2\n",
            &format!("a.yaml:3:3: unknown field `prot`, expected one of {keys} in `prot: 2`"),
        );
        check(
            "server:\n  port: 70000\n",
            "a.yaml:2:9: invalid u16 in `port: 70000`",
        );
        check(
            "server:\n  handshake_timeout: 30\n",
            "a.yaml:2:22: expected a duration in ms, s, m, h or d, such as `30s`, found `30` \
             in `handshake_timeout: 30`",
        );
        assert!(parse("server:\n  max_connections: 0\n", "a.yaml").is_err());
        assert!(parse("server:\n  port: 1\n  port: 2\n", "a.yaml").is_err());
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        assert_eq!(parse("# nothing\n", "a.yaml").unwrap(), Config::default());
    }

    #[test]
    fn the_environment_wins() {
        let config = Config::default();
        assert_eq!(
            replace(&config, "server.port", "8080").unwrap().server.port,
            8080
        );
        let delay = replace(&config, "server.shutdown.delay", "5s")
            .unwrap()
            .server
            .shutdown
            .delay;
        assert_eq!(delay.as_secs(), 5);
    }

    #[test]
    fn faults_in_the_environment_are_named() {
        let error = |key, text| replace(&Config::default(), key, text).unwrap_err();
        assert_eq!(error("server.prot", "1"), "unknown key `server.prot`");
        assert_eq!(error("server", "1"), "`server` is a section, not a key");
        assert!(error("server.port", "many").ends_with("in `many`"));
    }

    /// The names of all keys, those of sections with what is in them.
    fn keys(value: &Value) -> Vec<String> {
        let of = |(key, value): (&String, &Value)| format!("{key} {:?}", keys(value));
        value
            .as_object()
            .map(|section| section.iter().map(of).collect())
            .unwrap_or_default()
    }

    #[test]
    fn the_default_file_and_the_types_agree() {
        let file = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../config/default.yaml"
        ));
        let written: Value = serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(
            keys(&written),
            keys(&serde_json::to_value(Config::default()).unwrap())
        );
        assert_eq!(
            load_with(file, "my-greeter", []).unwrap(),
            Config::default()
        );
    }

    #[test]
    fn variables_of_others_are_left_alone() {
        let file = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../config/default.yaml"
        ));
        let set =
            |variable: &str| load_with(file, "my-greeter", [(variable.to_owned(), "1".to_owned())]);
        assert_eq!(set("MY_GREETER__SERVER__PORT").unwrap().server.port, 1);
        assert_eq!(set("OTHER__SERVER__PORT").unwrap().server.port, 50051);
        let error = set("MY_GREETER__SERVER__PROT").unwrap_err();
        assert_eq!(error.place, "MY_GREETER__SERVER__PROT");
    }
}
