//! The variables of the environment that are settings.
//!
//! In: all variables. Out: those of one server, with the key that each sets and what it means there.

use serde_json::Value;

/// A variable that sets `key`.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) key: String,
    text: String,
}

impl Variable {
    /// Those among `variables` that are the settings of the server `name`.
    ///
    /// For `my-greeter`, `MY_GREETER__SERVER__PORT` sets `server.port`.
    pub(super) fn all(
        name: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Vec<Self> {
        let prefix = format!("{}__", name.replace('-', "_").to_uppercase());
        let ours = |(name, text): (String, String)| {
            let key = name.strip_prefix(&prefix)?;
            let key = key.to_lowercase().replace("__", ".");
            Some(Self { name, key, text })
        };
        let mut ours: Vec<_> = variables.into_iter().filter_map(ours).collect();
        // The environment has no order; the errors should have one.
        ours.sort_by(|one, other| one.name.cmp(&other.name));
        ours
    }

    /// What it means; in `defaults`, that of its key tells how it is to be read.
    pub(super) fn value(&self, defaults: &Value) -> Result<Value, String> {
        let text = self.text.as_str();
        let pointer = format!("/{}", self.key.replace('.', "/"));
        Ok(match defaults.pointer(&pointer) {
            None => return Err("unknown key".to_owned()),
            Some(Value::Object(_)) => return Err("is a section, not a key".to_owned()),
            Some(Value::Array(_)) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .collect(),
            Some(Value::String(_)) => text.into(),
            _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        })
    }
}
