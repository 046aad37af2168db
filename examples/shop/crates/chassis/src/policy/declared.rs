//! What the protos say: services, methods, and the options of `protosmith/options.proto`.
//!
//! The messages of `google/protobuf/descriptor.proto`, cut down to what is read here and with our
//! options in them: the generated ones drop options that they do not know.

use prost::Message;

use super::{Idempotency, PolicyError, Rates, Rule};
use crate::config::quantity;

/// An encoded `FileDescriptorSet`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Declared {
    #[prost(message, repeated, tag = "1")]
    pub(crate) files: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct File {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "6")]
    pub(crate) services: Vec<Service>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Service {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) methods: Vec<Method>,
    #[prost(message, optional, tag = "3")]
    options: Option<ServiceOptions>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Method {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "4")]
    options: Option<MethodOptions>,
    #[prost(bool, tag = "5")]
    pub(crate) client_streaming: bool,
    #[prost(bool, tag = "6")]
    pub(crate) server_streaming: bool,
}

#[derive(Clone, PartialEq, Message)]
struct ServiceOptions {
    #[prost(message, optional, tag = "52317")]
    policy: Option<Policy>,
}

#[derive(Clone, PartialEq, Message)]
struct MethodOptions {
    #[prost(int32, tag = "34")]
    idempotency_level: i32,
    #[prost(message, optional, tag = "52317")]
    policy: Option<Policy>,
}

#[derive(Clone, PartialEq, Message)]
struct Policy {
    #[prost(bool, optional, tag = "1")]
    public: Option<bool>,
    #[prost(string, repeated, tag = "2")]
    roles: Vec<String>,
    #[prost(message, optional, tag = "3")]
    rate: Option<Rate>,
    #[prost(string, tag = "4")]
    timeout: String,
    #[prost(string, tag = "5")]
    slow: String,
}

#[derive(Clone, PartialEq, Message)]
struct Rate {
    #[prost(string, tag = "1")]
    caller: String,
    #[prost(string, tag = "2")]
    total: String,
}

impl Service {
    /// The name with the package of its file, such as `greeter.v1.Greeter`.
    pub(crate) fn full_name(&self, file: &File) -> String {
        match file.package.as_str() {
            "" => self.name.clone(),
            package => format!("{package}.{}", self.name),
        }
    }

    /// What the service says for all its methods.
    pub(crate) fn rule(&self, full_name: &str) -> Result<Option<Rule>, PolicyError> {
        let policy = self.options.as_ref().and_then(|all| all.policy.as_ref());
        policy
            .map(|policy| policy.rule(format!("{full_name}/*")))
            .transpose()
    }
}

impl Method {
    /// What the method says for itself.
    pub(crate) fn rule(&self, full_name: &str) -> Result<Option<Rule>, PolicyError> {
        let policy = self.options.as_ref().and_then(|all| all.policy.as_ref());
        policy
            .map(|policy| policy.rule(full_name.to_owned()))
            .transpose()
    }

    /// What a repetition does.
    pub(crate) fn idempotency(&self) -> Idempotency {
        match self.options.as_ref().map(|all| all.idempotency_level) {
            Some(1) => Idempotency::NoSideEffects,
            Some(2) => Idempotency::Idempotent,
            _ => Idempotency::Unknown,
        }
    }
}

impl Policy {
    fn rule(&self, methods: String) -> Result<Rule, PolicyError> {
        let fail = |message| PolicyError::Option {
            methods: methods.clone(),
            message,
        };
        // An empty text is an absent one.
        let duration = |text: &str| match text {
            "" => Ok(None),
            text => quantity::duration(text).map(Some).map_err(fail),
        };
        let rate = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(fail),
        };
        let rates = self.rate.clone().unwrap_or_default();
        Ok(Rule {
            public: self.public,
            roles: (!self.roles.is_empty()).then(|| self.roles.clone()),
            rate: Rates {
                caller: rate(&rates.caller)?,
                total: rate(&rates.total)?,
            },
            timeout: duration(&self.timeout)?,
            slow: duration(&self.slow)?,
            methods,
        })
    }
}
