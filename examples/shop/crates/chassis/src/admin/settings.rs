//! The settings as they may be seen.
//!
//! Settings name files that hold secrets and hold none themselves. This is the second wall, for the
//! day somebody forgets it: [`Shown`] is the only form in which settings reach the port, and it is
//! made without whatever looks like a secret. Numbers, truth values and quantities with a unit are
//! no secrets, nor are paths of files; any other text is hidden where its key speaks of one.

use serde::Serialize;
use serde_json::Value;

use crate::config::{Rate, quantity};

/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";

/// Words of keys below which everything is a secret.
const SECTIONS: [&str; 10] = [
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "headers",
    "passphrase",
    "password",
    "private",
    "secret",
    "secrets",
];

/// Words of keys whose own text is a secret, though a section of that name tells more.
const TEXTS: [&str; 5] = ["dsn", "key", "keys", "token", "tokens"];

/// Last words of keys that tell where something is, not what it is.
const PLACES: [&str; 6] = ["dir", "directory", "file", "files", "path", "paths"];

/// Settings without secrets.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Shown(Value);

impl Shown {
    /// What of `settings` may be seen.
    pub(super) fn of(settings: &impl Serialize) -> Self {
        // Nothing at all rather than something unseemly.
        let mut value = serde_json::to_value(settings).unwrap_or_default();
        hide(&mut value, "", false);
        Self(value)
    }
}

/// Hides what is a secret in the `value` of `key`; below a `secret` section, all of its texts.
fn hide(value: &mut Value, key: &str, secret: bool) {
    match value {
        Value::Object(section) => {
            for (key, value) in section {
                hide(value, key, secret || speaks_of(key, &SECTIONS));
            }
        }
        Value::Array(items) => {
            for item in items {
                hide(item, key, secret);
            }
        }
        Value::String(text) => {
            let told = is_place(key) || is_quantity(text);
            if !told && (secret || speaks_of(key, &TEXTS)) {
                HIDDEN.clone_into(text);
            } else {
                hide_inside(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Hides what is a secret under any key: a private key, and the user of a URL with his password.
fn hide_inside(text: &mut String) {
    if text.contains("-----BEGIN") {
        return HIDDEN.clone_into(text);
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((user, _)) = authority.rsplit_once('@') {
        *text = format!("{scheme}://{HIDDEN}{}", &rest[user.len()..]);
    }
}

fn words(key: &str) -> impl DoubleEndedIterator<Item = String> {
    key.split(['_', '-']).map(str::to_ascii_lowercase)
}

fn speaks_of(key: &str, list: &[&str]) -> bool {
    words(key).any(|word| list.contains(&word.as_str()))
}

fn is_place(key: &str) -> bool {
    words(key)
        .next_back()
        .is_some_and(|word| PLACES.contains(&word.as_str()))
}

/// True for `30s`, `4MiB` and `100/s`.
fn is_quantity(text: &str) -> bool {
    text.is_empty()
        || quantity::duration(text).is_ok()
        || quantity::size(text).is_ok()
        || text.parse::<Rate>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PLANTED: &str = "hunter2-of-the-tests";

    #[test]
    fn what_looks_like_a_secret_is_hidden_wherever_it_stands() {
        for settings in [
            json!({ "database": { "password": PLANTED } }),
            json!({ "auth": { "keys": [{ "kid": "a", "key": PLANTED }] } }),
            json!({ "auth": { "keys": [PLANTED] } }),
            json!({ "tracing": { "headers": { "x-team": PLANTED } } }),
            json!({ "tracing": { "headers": [{ "name": "a", "value": PLANTED }] } }),
            json!({ "audit": { "API-Key": PLANTED } }),
            json!({ "audit": { "client_secret": { "value": [[PLANTED]] } } }),
            json!({ "secret": { "files": [{ "content": PLANTED }] } }),
            json!({ "redis": { "url": format!("redis://me:{PLANTED}@cache:6379/0") } }),
            json!({ "redis": { "url": format!("redis://{PLANTED}@cache") } }),
            json!({ "tls": { "file": format!("-----BEGIN PRIVATE KEY-----\n{PLANTED}") } }),
            json!({ "secret": { "file": format!("https://me:{PLANTED}@vault/a") } }),
        ] {
            let shown = serde_json::to_string(&Shown::of(&settings)).unwrap();
            assert!(!shown.contains(PLANTED), "{settings} is shown as {shown}");
            assert!(shown.contains(HIDDEN), "{shown}");
        }
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        let settings = json!({
            "server": { "host": "::", "port": 50051, "max_message": "4MiB" },
            "auth": {
                "issuer": "https://issuer.example/a@b",
                "keys": [{ "kid": "2026-01", "algorithm": "EdDSA", "file": "/run/key.pem" }],
                "access_token": "15m",
                "token_cache": 10000,
                "secret_file": "/run/secrets/a",
            },
            "rate_limit": { "max_keys": 10, "per_key": "100/s", "private": true },
        });
        assert_eq!(Shown::of(&settings).0, settings);
    }

    #[test]
    fn the_settings_of_this_server_have_nothing_to_hide() {
        let config = crate::config::Config::default();
        let all = serde_json::to_value(&config).unwrap();
        assert_eq!(Shown::of(&config).0, all);
    }
}
