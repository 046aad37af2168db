//! Reads the settings: defaults ← file ← environment.
//!
//! In: a YAML file and variables. Out: a sound [`Config`], or everything that is wrong. A fault is
//! taken out of what was read, and the rest is tried again, until nothing is wrong any more: so
//! each is found, by the same code that reads good settings.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use super::Config;
use super::environment::Variable;
use super::fault::{ConfigError, Contradiction, Fault};
use super::tree::{Place, Taken, Tree};

/// Where the settings come from.
#[derive(Debug, Clone)]
pub struct Source {
    file: PathBuf,
    name: String,
}

impl Source {
    /// The YAML `file`, then the environment.
    ///
    /// `name` is that of the server: for `my-greeter`, `MY_GREETER__SERVER__PORT` sets `server.port`.
    pub fn new(file: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            name: name.into(),
        }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Reads all of it; keys that are in neither have their defaults.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables = std::env::vars_os().filter_map(text);
        load_with(&self.file, &self.name, variables)
    }
}

/// The same with a given environment.
fn load_with(
    file: &Path,
    name: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let place = file.display().to_string();
    let variables = Variable::all(name, variables);
    read(fs::read_to_string(file), &place, &variables)
}

/// Reads the text of `file`, which names it in errors, and `variables`.
fn read(
    text: io::Result<String>,
    file: &str,
    variables: &[Variable],
) -> Result<Config, ConfigError> {
    let mut faults = Vec::new();
    let fault = |place: String, message: &dyn Display| Fault {
        place,
        key: String::new(),
        message: message.to_string(),
    };
    let tree = match text.map(|text| Tree::read(&text)) {
        Ok(Ok(tree)) if tree.is_section() => Ok(tree),
        Ok(Ok(_)) => Err(fault(Place::File(1, 1).text(file), &"expected sections")),
        Ok(Err(error)) => Err(syntax(&error, file)),
        Err(error) => Err(fault(file.to_owned(), &error)),
    };
    // What the environment says can be judged without the file.
    let mut tree = tree.unwrap_or_else(|fault| {
        faults.push(fault);
        Tree::default()
    });
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    for variable in variables {
        match variable.value(&defaults) {
            Ok(value) => {
                let keys: Vec<_> = variable.key.split('.').collect();
                tree.set(&keys, value, &variable.name);
            }
            Err(message) => faults.push(Fault {
                place: variable.name.clone(),
                key: variable.key.clone(),
                message,
            }),
        }
    }
    let config = settle(&mut tree, &defaults, file, &mut faults);
    for contradiction in config.contradictions() {
        // A key that is faulty by itself contradicts nothing.
        let is_faulty = |key: &&str| faults.iter().any(|fault| fault.key == *key);
        if !contradiction.keys.iter().any(is_faulty) {
            faults.push(contradictory(contradiction, &tree, file));
        }
    }
    match ConfigError::of(faults) {
        None => Ok(config),
        Some(error) => Err(error),
    }
}

/// What `tree` means, less what has a fault.
fn settle(tree: &mut Tree, defaults: &Value, file: &str, faults: &mut Vec<Fault>) -> Config {
    let expected = "expected a section, whose keys stand below it";
    let shapeless = |taken: Taken| (taken.place, taken.path, expected.to_owned());
    let mut found: Vec<_> =
        Vec::from_iter(tree.take_shapeless(defaults).into_iter().map(shapeless));
    let config = loop {
        let error = match serde_path_to_error::deserialize::<_, Config>(tree.value()) {
            Ok(config) => break config,
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let Some(taken) = tree.take(error.path()) else {
            // The fault is in none of its parts, so there are none to go on with.
            found.push((Place::File(1, 1), String::new(), message));
            break Config::default();
        };
        let place = match message.starts_with("unknown field") {
            true => taken.key_place,
            false => taken.place,
        };
        found.push((place, taken.path, message));
    };
    found.sort_by_key(|(place, ..)| place.order());
    faults.extend(found.into_iter().map(|(place, key, message)| Fault {
        place: place.text(file),
        key,
        message,
    }));
    config
}

/// A fault of the YAML itself.
fn syntax(error: &serde_saphyr::Error, file: &str) -> Fault {
    let message = error.without_snippet().to_string();
    let (place, message) = match error.location() {
        Some(at) => {
            let (line, column) = (at.line(), at.column());
            let end = format!(" at line {line}, column {column}");
            let message = message.trim_end_matches(&end).to_owned();
            (Place::from(at).text(file), message)
        }
        None => (file.to_owned(), message),
    };
    Fault {
        place,
        key: String::new(),
        message,
    }
}

/// Where the first of the keys is that was written at all; else both have their defaults.
fn contradictory(contradiction: Contradiction, tree: &Tree, file: &str) -> Fault {
    let written = contradiction.keys.iter().find_map(|key| tree.find(key));
    Fault {
        place: written.map_or_else(|| file.to_owned(), |place| place.text(file)),
        key: contradiction.keys[0].to_owned(),
        message: contradiction.message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/default.yaml");

    /// Reads a file and variables of the server `my-greeter`.
    fn load(yaml: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let variable =
            |(name, value): &(&str, &str)| (format!("MY_GREETER__{name}"), (*value).to_owned());
        let variables = Variable::all("my-greeter", variables.iter().map(variable));
        let loaded = read(Ok(yaml.to_owned()), "a.yaml", &variables);
        loaded.map_err(|error| error.faults().iter().map(Fault::to_string).collect())
    }

    #[test]
    fn all_faults_are_told_at_once_each_with_its_place() {
        let yaml = "\
server:
  port: 70000
  prot: 2
  handshake_timeout: 30
  keepalive: {interval: 5, timeout: 1s}
deadline:
  unary: fast
nonsense: true
policy:
  - {methods: \"*\", timeout: 5}
  - {timeout: 1s}
  - {methods: \"*\", slow: 1}
";
        let faults = load(
            yaml,
            &[("SERVER__PORTS", "1"), ("SERVER__MAX_CONNECTIONS", "0")],
        );
        let faults = faults.unwrap_err();
        let expected = [
            "MY_GREETER__SERVER__PORTS: `server.ports`: unknown key",
            "a.yaml:2:9: `server.port`: invalid value: integer `70000`, expected u16",
            "a.yaml:3:3: `server.prot`: unknown field `prot`, expected one of `host`, `port`",
            "a.yaml:4:22: `server.handshake_timeout`: expected a duration in ms, s, m, h or d, such \
             as `30s`, found `30`",
            "a.yaml:5:25: `server.keepalive.interval`: expected a duration",
            "a.yaml:7:10: `deadline.unary`: expected a duration",
            "a.yaml:8:1: `nonsense`: unknown field `nonsense`",
            "a.yaml:10:29: `policy[0].timeout`: expected a duration",
            "a.yaml:11:5: `policy[1]`: missing field `methods`",
            "a.yaml:12:26: `policy[2].slow`: expected a duration",
            "MY_GREETER__SERVER__MAX_CONNECTIONS: `server.max_connections`: invalid value: integer \
             `0`, expected a nonzero usize",
        ];
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.starts_with(expected), "{fault}\n{expected}");
        }
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    }

    #[test]
    fn contradictions_are_faults_at_the_key_that_was_written() {
        let faults = load("load_shedding:\n  queue_timeout: 31s\n", &[]).unwrap_err();
        let expected = "a.yaml:2:18: `load_shedding.queue_timeout`: no call can wait `31s` in the \
                        queue, as `deadline.unary` is `30s`";
        assert_eq!(faults, [expected]);
        let faults = load("", &[("DEADLINE__UNARY", "10ms")]).unwrap_err();
        assert!(
            faults[0].starts_with("MY_GREETER__DEADLINE__UNARY: `load_shedding.queue_timeout`")
        );
        // A fault of its own is enough.
        let faults = load(
            "load_shedding:\n  queue_timeout: 31s\ndeadline: {unary: 1}\n",
            &[],
        );
        assert_eq!(faults.unwrap_err().len(), 1);
    }

    #[test]
    fn what_is_no_yaml_has_its_place_and_the_environment_is_judged_all_the_same() {
        let faults = load("server:\n  port: 1\n  port: 2\n", &[("SERVER__PORT", "x")]);
        let faults = faults.unwrap_err();
        assert!(faults[0].starts_with("a.yaml:3:3: "), "{faults:?}");
        assert!(faults[1].starts_with("MY_GREETER__SERVER__PORT: `server.port`: "));
        for (bad, place) in [
            ("a: [1", "a.yaml:"),
            ("- 1\n", "a.yaml:1:1: "),
            ("4", "a.yaml:1:1: "),
            ("server: [1]", "a.yaml:1:9: `server`: "),
        ] {
            let faults = load(bad, &[]).unwrap_err();
            assert!(faults[0].starts_with(place), "{bad}: {faults:?}");
        }
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        for empty in ["", "# nothing\n", "server:\n", "server: {}\n"] {
            // A section without keys is written by whoever comments out its last one.
            assert_eq!(load(empty, &[]), Ok(Config::default()), "{empty}");
        }
    }

    #[test]
    fn the_environment_wins() {
        let variables = [("SERVER__PORT", "8080"), ("SERVER__SHUTDOWN__DELAY", "5s")];
        let config = load("server:\n  port: bad\n  host: 127.0.0.1\n", &variables).unwrap();
        assert_eq!(config.server.port, 8080);
        assert_eq!(config.server.shutdown.delay.as_secs(), 5);
        assert!(config.server.host.is_loopback());
        let faults = load("", &[("SERVER", "1"), ("SERVER__PORT", "many")]).unwrap_err();
        assert_eq!(
            faults[0],
            "MY_GREETER__SERVER: `server`: is a section, not a key"
        );
        assert!(
            faults[1].contains("`many`") || faults[1].contains("\"many\""),
            "{faults:?}"
        );
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
        let written: Value =
            serde_saphyr::from_str(&fs::read_to_string(DEFAULTS).unwrap()).unwrap();
        assert_eq!(
            keys(&written),
            keys(&serde_json::to_value(Config::default()).unwrap())
        );
        let loaded = load_with(Path::new(DEFAULTS), "my-greeter", []);
        assert_eq!(loaded.unwrap(), Config::default());
    }

    #[test]
    fn variables_of_others_are_left_alone() {
        let set = |variable: &str| {
            let variables = [(variable.to_owned(), "1".to_owned())];
            load_with(Path::new(DEFAULTS), "my-greeter", variables)
        };
        assert_eq!(set("MY_GREETER__SERVER__PORT").unwrap().server.port, 1);
        assert_eq!(set("OTHER__SERVER__PORT").unwrap().server.port, 50051);
        let error = set("MY_GREETER__SERVER__PROT").unwrap_err();
        assert_eq!(error.faults()[0].place, "MY_GREETER__SERVER__PROT");
    }
}
