//! A wish for some methods: an option of a proto, or an item of `policy` in the configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Access, Policy, enforced, pattern};
use crate::config::{Rate, quantity::nonzero, units};

/// A wish for some methods. What it does not say stays as it was.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which methods: a full name such as `greeter.v1.Greeter/SayHello`, or one with `*` for any part
    /// of it, such as `greeter.v1.Greeter/*`.
    pub methods: String,
    /// True: no token is needed. False: one is, of any roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// The caller must have one of these; `[]`: any valid token will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// How often each of the methods may be called.
    #[serde(default, skip_serializing_if = "Rates::is_none")]
    pub rate: Rates,
    /// Longest time one call may take; `"0s"`: no limit.
    #[serde(default, with = "units::SomeDurationText")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// A call that takes longer is slow; `"0s"`: no call is.
    #[serde(default, with = "units::SomeDurationText")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<Duration>,
}

/// How often a method may be called.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// By one caller, such as `"10/s"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Rate>,
    /// By all callers together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Rate>,
}

/// A policy that cannot be put in force.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    /// An option in a proto is not what it should be.
    #[error("the option of `{methods}` in the protos: {message}")]
    Option {
        /// The method, or all those of a service.
        methods: String,
        /// What was found and what was expected.
        message: String,
    },
    /// A rule of the configuration names what is not there.
    #[error("policy[{index}]: `{methods}` names no method of this server, which has {known}")]
    Unknown {
        /// Position of the rule, from 0.
        index: usize,
        /// What it names.
        methods: String,
        /// What there is.
        known: String,
    },
    /// A rule of the configuration wishes for what no guard enforces.
    #[error("policy[{index}]: `{key}` needs the feature `{feature}`, which this server is without")]
    Unenforced {
        /// Position of the rule, from 0.
        index: usize,
        /// What it wishes for.
        key: &'static str,
        /// What would enforce it.
        feature: &'static str,
    },
    /// A rule wants methods to be public and closed at once.
    #[error("`{methods}` cannot be public and have roles")]
    Contradiction {
        /// What the rule names.
        methods: String,
    },
}

impl Rates {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Rule {
    /// True if the rule is about the method of that full name.
    pub(crate) fn names(&self, full_name: &str) -> bool {
        pattern::matches(&self.methods, full_name)
    }

    /// Refuses wishes that no guard of this server enforces.
    pub(crate) fn enforced(&self, index: usize) -> Result<(), PolicyError> {
        // That everybody may call is true without a guard.
        let closed = (self.public == Some(false)).then_some("public");
        let access = closed.or(self.roles.as_ref().map(|_| "roles"));
        let rate = (!self.rate.is_none()).then_some("rate");
        let slow = self.slow.map(|_| "slow");
        let wishes = [
            (access, enforced::ACCESS, "auth"),
            (rate, enforced::RATE, "rate-limit"),
            (slow, enforced::SLOW, "diagnostics"),
        ];
        for (key, enforced, feature) in wishes {
            if let (Some(key), false) = (key, enforced) {
                return Err(PolicyError::Unenforced {
                    index,
                    key,
                    feature,
                });
            }
        }
        Ok(())
    }

    /// Puts the rule in force for one method.
    pub(crate) fn apply(&self, policy: &mut Policy) -> Result<(), PolicyError> {
        let roles = self.roles.as_ref().filter(|roles| !roles.is_empty());
        policy.access = match (self.public, roles, &self.roles) {
            (Some(true), Some(_), _) => {
                let methods = self.methods.clone();
                return Err(PolicyError::Contradiction { methods });
            }
            (Some(true), None, _) => Access::Public,
            (_, Some(roles), _) => Access::Roles(roles.clone()),
            (Some(false), None, _) | (None, None, Some(_)) => Access::Token,
            (None, None, None) => policy.access.clone(),
        };
        policy.caller_rate = self.rate.caller.or(policy.caller_rate);
        policy.total_rate = self.rate.total.or(policy.total_rate);
        if let Some(timeout) = self.timeout {
            policy.timeout = nonzero(timeout);
        }
        policy.slow = self.slow.or(policy.slow);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(rules: &[Rule]) -> Result<Access, PolicyError> {
        let mut policy = Policy::default();
        for rule in rules {
            rule.apply(&mut policy)?;
        }
        Ok(policy.access)
    }

    fn rule(public: Option<bool>, roles: Option<&[&str]>) -> Rule {
        let owned = |roles: &[&str]| roles.iter().map(|role| (*role).to_owned()).collect();
        Rule {
            public,
            roles: roles.map(owned),
            ..Rule::default()
        }
    }

    #[test]
    fn the_last_word_on_access_counts() {
        let admin = || rule(None, Some(&["admin"]));
        let public = || rule(Some(true), None);
        let roles = Access::Roles(vec!["admin".to_owned()]);
        assert_eq!(access(&[]), Ok(Access::Token));
        assert_eq!(access(&[public(), admin()]), Ok(roles.clone()));
        assert_eq!(access(&[admin(), public()]), Ok(Access::Public));
        assert_eq!(access(&[admin(), Rule::default()]), Ok(roles.clone()));
        assert_eq!(access(&[admin(), rule(None, Some(&[]))]), Ok(Access::Token));
        assert_eq!(
            access(&[public(), rule(Some(false), None)]),
            Ok(Access::Token)
        );
        assert_eq!(access(&[rule(Some(false), Some(&["admin"]))]), Ok(roles));
        assert!(access(&[rule(Some(true), Some(&["admin"]))]).is_err());
    }

    #[test]
    fn what_is_not_said_stays() {
        let mut policy = Policy::default();
        let first = serde_json::json!({
            "methods": "*", "timeout": "5s", "slow": "1s", "rate": { "caller": "1/s" }
        });
        let second = serde_json::json!({ "methods": "*", "timeout": "0s" });
        for rule in [first, second] {
            let rule: Rule = serde_json::from_value(rule).unwrap();
            rule.apply(&mut policy).unwrap();
        }
        assert_eq!(policy.timeout, None);
        assert_eq!(policy.slow, Some(Duration::from_secs(1)));
        assert_eq!(policy.caller_rate.unwrap().to_string(), "1/s");
    }
}
