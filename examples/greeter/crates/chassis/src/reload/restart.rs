//! Tells the keys that change while the server runs from those that need a restart.

use serde_json::{Map, Value};

use super::ReloadError;
use super::hot::HOT;
use crate::config::Config;
use crate::config::tree::join;

/// The settings that can be put in force now, and the keys of `wanted` that cannot: they keep the
/// values of `started`.
pub(super) fn split(
    started: &Config,
    wanted: &Config,
) -> Result<(Config, Vec<String>), ReloadError> {
    let value = |config| serde_json::to_value(config).map_err(ReloadError::mixed);
    let mut waiting = Vec::new();
    let mixed = mix(value(started)?, value(wanted)?, "", &mut waiting);
    let config: Config = serde_json::from_value(mixed).map_err(ReloadError::mixed)?;
    match config.contradiction() {
        Some(message) => Err(ReloadError::Mixed(message)),
        None => Ok((config, waiting)),
    }
}

/// What is hot of `wanted`, and all else of `started`; `key` is where both stand.
fn mix(started: Value, wanted: Value, key: &str, waiting: &mut Vec<String>) -> Value {
    match (started, wanted) {
        (started, wanted) if started == wanted => started,
        (started, wanted) if is_hot(key) && !switches(&started, &wanted) => wanted,
        (Value::Object(started), Value::Object(mut wanted)) if same_keys(&started, &wanted) => {
            let mixed = started.into_iter().map(|(name, started)| {
                let wanted = wanted.remove(&name).unwrap_or_default();
                let value = mix(started, wanted, &join(key, &name), waiting);
                (name, value)
            });
            Value::Object(mixed.collect())
        }
        (started, _) => {
            waiting.push(key.to_owned());
            started
        }
    }
}

fn is_hot(key: &str) -> bool {
    HOT.iter().any(|hot| {
        let rest = key.strip_prefix(hot);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// True if a part is there on one side only: one without a file has nothing to do, and was not built.
fn switches(started: &Value, wanted: &Value) -> bool {
    let is_empty = |value: &Value| value.as_str() == Some("");
    is_empty(started) != is_empty(wanted)
}

/// False for maps whose keys are the user's.
fn same_keys(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.len() == other.len() && one.keys().all(|key| other.contains_key(key))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn hot_keys_change_and_others_wait() {
        let started = Config::default();
        let mut wanted = started.clone();
        wanted.server.port = 1;
        wanted.server.shutdown.delay = Duration::from_secs(7);
        wanted.deadline.unary = Duration::from_secs(9);
        wanted.load_shedding.queue = 5;
        let (config, mut waiting) = split(&started, &wanted).unwrap();
        waiting.sort();
        assert_eq!(waiting, ["server.port", "server.shutdown.delay"]);
        assert_eq!(config.server, started.server);
        assert_eq!(config.deadline, wanted.deadline);
        assert_eq!(config.load_shedding, wanted.load_shedding);
        assert_eq!(split(&started, &started).unwrap(), (started, Vec::new()));
    }

    #[test]
    fn every_hot_key_is_a_key() {
        let all = serde_json::to_value(Config::default()).unwrap();
        for key in HOT {
            let pointer = format!("/{}", key.replace('.', "/"));
            assert!(all.pointer(&pointer).is_some(), "{key}");
        }
    }

    /// `config/default.yaml` says so.
    #[test]
    fn all_of_server_is_hot_but_its_addresses_and_its_end() {
        let all = serde_json::to_value(Config::default().server).unwrap();
        let keys = all.as_object().unwrap().keys();
        let mut cold: Vec<_> = keys
            .filter(|key| !is_hot(&format!("server.{key}")))
            .collect();
        cold.sort();
        assert_eq!(cold, ["host", "port", "shutdown", "socket"]);
    }

    #[test]
    fn a_part_that_is_switched_on_needs_a_restart() {
        assert!(switches(&"".into(), &"/run/keys".into()));
        assert!(switches(&"/run/keys".into(), &"".into()));
        assert!(!switches(&"/run/keys".into(), &"/run/others".into()));
        assert!(!switches(&1.into(), &2.into()));
    }
}
