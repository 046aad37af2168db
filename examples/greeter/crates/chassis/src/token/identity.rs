//! Who calls.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::Claims;

/// Who calls, as a verified token says.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    subject: String,
    name: String,
    roles: Vec<String>,
    /// Seconds since 1970.
    expiry: u64,
    token_id: Option<String>,
    claims: Map<String, Value>,
}

impl Identity {
    /// The caller's id, which never changes.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The caller's name, for people; empty when the token has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the caller may do.
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// True if the caller has that role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }

    /// When the token expires; a call that has begun goes on.
    pub fn expires(&self) -> SystemTime {
        // A time too far away to be told is the last one that JSON tells exactly.
        UNIX_EPOCH + Duration::from_secs(self.expiry.min(1 << 53))
    }

    /// The `jti` of the token; none when it has none.
    pub fn token_id(&self) -> Option<&str> {
        self.token_id.as_deref()
    }

    /// A claim of the issuer's own, such as `tenant`; none when the token has no such claim.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The second from which on the token is not valid.
    pub(super) fn expiry(&self) -> u64 {
        self.expiry
    }

    /// The memory that it takes, in bytes; never less than the truth by much.
    pub(super) fn size(&self) -> usize {
        let texts = [&self.subject, &self.name].map(|text| text.capacity());
        let roles: usize = self.roles.iter().map(String::capacity).sum();
        size_of::<Self>()
            + texts.iter().sum::<usize>()
            + self.roles.capacity() * size_of::<String>()
            + roles
            + self.token_id.as_ref().map_or(0, String::capacity)
            + map_size(&self.claims)
    }
}

impl From<Claims> for Identity {
    fn from(claims: Claims) -> Self {
        Self {
            subject: claims.sub,
            name: claims.name.unwrap_or_default(),
            roles: claims.roles,
            expiry: claims.exp,
            token_id: claims.jti,
            claims: claims.other,
        }
    }
}

fn map_size(map: &Map<String, Value>) -> usize {
    // The nodes of a tree are at least half full.
    let slot = 2 * (size_of::<String>() + size_of::<Value>());
    map.iter()
        .map(|(name, value)| slot + name.capacity() + value_size(value))
        .sum()
}

/// The memory that a value takes besides itself; as deep as a token's JSON may be.
fn value_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.capacity(),
        Value::Array(items) => {
            let inside: usize = items.iter().map(value_size).sum();
            items.capacity() * size_of::<Value>() + inside
        }
        Value::Object(map) => map_size(map),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(change: Value) -> Identity {
        let mut claims = json!({
            "sub": "42", "iss": "us", "aud": "greeter", "exp": 1000, "type": "access"
        });
        let change = change.as_object().unwrap().clone();
        claims.as_object_mut().unwrap().extend(change);
        serde_json::from_value::<Claims>(claims).unwrap().into()
    }

    #[test]
    fn a_token_says_who_calls() {
        let ann = identity(json!({
            "name": "Ann", "roles": ["admin"], "jti": "7", "tenant": "acme"
        }));
        assert_eq!((ann.subject(), ann.name()), ("42", "Ann"));
        assert!(ann.has_role("admin") && !ann.has_role("adm"));
        assert_eq!(ann.expires(), UNIX_EPOCH + Duration::from_secs(1000));
        assert_eq!(ann.token_id(), Some("7"));
        assert_eq!(ann.claim("tenant"), Some(&json!("acme")));
        assert_eq!((ann.claim("sub"), identity(json!({})).name()), (None, ""));
    }

    #[test]
    fn a_small_claim_with_much_inside_is_not_small() {
        let plain = identity(json!({})).size();
        // Two bytes of JSON each, an allocation each in memory.
        let nested = (0..100).fold(json!([]), |inner, _| json!([inner]));
        assert!(identity(json!({ "x": nested })).size() > plain + 100 * size_of::<Value>());
        let flat = vec![0; 1000];
        assert!(identity(json!({ "x": flat })).size() > plain + 1000 * size_of::<Value>());
        let far = identity(json!({ "exp": u64::MAX }));
        assert!(far.expires() > UNIX_EPOCH);
    }
}
