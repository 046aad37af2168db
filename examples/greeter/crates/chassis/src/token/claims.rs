//! What a token says.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::error::shown;
use super::{AuthError, TokenError};
use crate::config::Auth;

/// The claims of a token; times are seconds since 1970, in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Whom it is about: an id that never changes.
    pub sub: String,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the subject may do.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Who issued it.
    pub iss: String,
    /// For whom.
    pub aud: Audience,
    /// When it was issued.
    #[serde(default, deserialize_with = "some_seconds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// Not valid before.
    #[serde(default, deserialize_with = "some_seconds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// Not valid from then on.
    #[serde(deserialize_with = "seconds")]
    pub exp: u64,
    /// The id of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// What it may be used for.
    #[serde(rename = "type")]
    pub usage: Use,
    /// Every other claim.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// For whom a token is: one name, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// For this one.
    One(String),
    /// For each of these.
    Many(Vec<String>),
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// To call methods.
    Access,
    /// To get a new pair of tokens, and for nothing else.
    Refresh,
}

/// What the claims of a valid token are compared with.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
    /// Seconds that clocks may differ.
    pub(super) leeway: u64,
}

impl Expected {
    /// Fails when the settings leave open what is valid: a token for anybody would be one for us.
    pub(super) fn new(settings: &Auth) -> Result<Self, AuthError> {
        let set = |setting, value: &str| match value {
            "" => Err(AuthError::Unset(setting)),
            value => Ok(value.to_owned()),
        };
        Ok(Self {
            issuer: set("auth.issuer", &settings.issuer)?,
            audience: set("auth.audience", &settings.audience)?,
            leeway: settings.leeway.as_secs(),
        })
    }
}

impl Audience {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

impl Claims {
    /// Refuses what is not meant for us, or not now.
    ///
    /// The times come last: that a token has expired is told of good tokens alone.
    pub(super) fn check(
        &self,
        usage: Use,
        expected: &Expected,
        now: u64,
    ) -> Result<(), TokenError> {
        if self.iss != expected.issuer {
            return Err(TokenError::Issuer(shown(&self.iss)));
        }
        if !self.aud.contains(&expected.audience) {
            return Err(TokenError::Audience);
        }
        if self.usage != usage {
            return Err(TokenError::Use);
        }
        if let Some(nbf) = self.nbf
            && nbf > now.saturating_add(expected.leeway)
        {
            return Err(TokenError::Early(nbf - now));
        }
        if now >= self.exp.saturating_add(expected.leeway) {
            return Err(TokenError::Expired(now - self.exp));
        }
        Ok(())
    }
}

/// A time in seconds, which may have a fraction.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Whole(u64),
    Fraction(f64),
}

impl Seconds {
    fn whole(self) -> u64 {
        match self {
            Self::Whole(seconds) => seconds,
            // Saturates: before 1970 is 1970.
            Self::Fraction(seconds) => seconds as u64,
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Seconds::deserialize(deserializer).map(Seconds::whole)
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(Seconds::whole))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(change: Value) -> Result<Claims, String> {
        let mut all = json!({
            "sub": "ann", "iss": "us", "aud": "greeter", "exp": 1000, "type": "access"
        });
        let all_claims = all.as_object_mut().unwrap();
        all_claims.extend(change.as_object().unwrap().clone());
        all_claims.retain(|_, value| !value.is_null());
        serde_json::from_value(all).map_err(|error| error.to_string())
    }

    fn check(change: Value, now: u64) -> Result<(), TokenError> {
        let expected = Expected {
            issuer: "us".to_owned(),
            audience: "greeter".to_owned(),
            leeway: 5,
        };
        claims(change).unwrap().check(Use::Access, &expected, now)
    }

    #[test]
    fn what_is_meant_for_us_and_now_is_valid() {
        assert_eq!(check(json!({}), 999), Ok(()));
        assert_eq!(check(json!({ "aud": ["other", "greeter"] }), 999), Ok(()));
        assert_eq!(check(json!({ "exp": 1000.9, "nbf": 10 }), 999), Ok(()));
    }

    #[test]
    fn what_is_not_is_refused() {
        let issuer = TokenError::Issuer("them".to_owned());
        assert_eq!(check(json!({ "iss": "them" }), 0), Err(issuer));
        for aud in [json!("other"), json!([]), json!(["greeters"])] {
            assert_eq!(check(json!({ "aud": aud }), 0), Err(TokenError::Audience));
        }
        assert_eq!(check(json!({ "type": "refresh" }), 0), Err(TokenError::Use));
    }

    #[test]
    fn clocks_may_differ_by_the_leeway() {
        assert_eq!(check(json!({}), 1004), Ok(()));
        assert_eq!(check(json!({}), 1005), Err(TokenError::Expired(5)));
        assert_eq!(check(json!({ "nbf": 500 }), 495), Ok(()));
        assert_eq!(check(json!({ "nbf": 500 }), 494), Err(TokenError::Early(6)));
    }

    #[test]
    fn a_claim_that_is_needed_cannot_be_left_out() {
        for name in ["sub", "iss", "aud", "exp", "type"] {
            assert!(claims(json!({ name: null })).is_err(), "{name}");
        }
        for (name, bad) in [("exp", json!("1000")), ("type", json!("id"))] {
            assert!(claims(json!({ name: bad })).is_err(), "{name}");
        }
        // Twice: readers could differ on which one counts.
        let twice = r#"{"sub":"a","sub":"b","iss":"","aud":"","exp":1,"type":"access"}"#;
        assert!(serde_json::from_str::<Claims>(twice).is_err());
    }

    #[test]
    fn other_claims_are_kept() {
        let claims = claims(json!({ "tenant": { "id": 7 } })).unwrap();
        assert_eq!(claims.other["tenant"]["id"], 7);
        assert_eq!(claims.other.len(), 1);
    }
}
