//! What the protos say of each method: whether it may be called again, and how long it may take.
//!
//! In: the descriptors of the protos. Out: a table by path, made once
//! for each channel. The messages below are those of
//! `google/protobuf/descriptor.proto`, cut down to what is read, with the options of
//! `protosmith/options.proto`.

use std::collections::HashMap;
use std::time::Duration;

use foldhash::fast::RandomState;
use prost::Message;

/// What the protos say of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Method {
    /// A repetition does no harm: `NO_SIDE_EFFECTS` or `IDEMPOTENT`.
    pub(crate) repeatable: bool,
    /// The client sends one message.
    pub(crate) one_request: bool,
    /// The server sends one message.
    pub(crate) one_response: bool,
    /// Longest time for a call.
    pub(crate) timeout: Timeout,
}

/// Longest time for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Timeout {
    /// The protos say nothing.
    #[default]
    Unsaid,
    /// Any time will do.
    Unlimited,
    /// So long.
    After(Duration),
}

/// A method that is in no proto: may not be called again, and may stream both ways.
static UNKNOWN: Method = Method {
    repeatable: false,
    one_request: false,
    one_response: false,
    timeout: Timeout::Unsaid,
};

/// The methods of some protos, by path.
#[derive(Debug)]
pub(crate) struct Methods(HashMap<String, Method, RandomState>);

impl Methods {
    /// Reads the protos of this workspace, and more: each an encoded `FileDescriptorSet`. What cannot be
    /// read says nothing.
    pub(crate) fn read(more: &[&[u8]]) -> Self {
        let mut methods = HashMap::default();
        for descriptors in [api::DESCRIPTORS].iter().chain(more) {
            for file in Files::decode(*descriptors).unwrap_or_default().files {
                for service in &file.services {
                    service.add(&file.package, &mut methods);
                }
            }
        }
        Self(methods)
    }

    /// What the protos say of the method at `path`, such as `/greeter.v1.Greeter/SayHello`.
    pub(crate) fn of(&self, path: &str) -> &Method {
        self.0.get(path).unwrap_or(&UNKNOWN)
    }
}

impl Service {
    fn add(&self, package: &str, methods: &mut HashMap<String, Method, RandomState>) {
        let name = match package {
            "" => self.name.clone(),
            package => format!("{package}.{}", self.name),
        };
        for method in &self.methods {
            let path = format!("/{name}/{}", method.name);
            methods.insert(path, method.policy(self));
        }
    }
}

#[derive(Clone, PartialEq, Message)]
struct Files {
    #[prost(message, repeated, tag = "1")]
    files: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "6")]
    services: Vec<Service>,
}

#[derive(Clone, PartialEq, Message)]
struct Service {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    methods: Vec<Declared>,
    #[prost(message, optional, tag = "3")]
    options: Option<Options>,
}

#[derive(Clone, PartialEq, Message)]
struct Declared {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "4")]
    options: Option<Options>,
    #[prost(bool, tag = "5")]
    client_streaming: bool,
    #[prost(bool, tag = "6")]
    server_streaming: bool,
}

/// The options of a service or of a method.
#[derive(Clone, PartialEq, Message)]
struct Options {
    /// Of methods alone: 1 is `NO_SIDE_EFFECTS`, 2 is `IDEMPOTENT`.
    #[prost(int32, tag = "34")]
    idempotency_level: i32,
    #[prost(message, optional, tag = "52317")]
    policy: Option<Policy>,
}

#[derive(Clone, PartialEq, Message)]
struct Policy {
    #[prost(string, tag = "4")]
    timeout: String,
}

impl Declared {
    fn policy(&self, service: &Service) -> Method {
        let options = self.options.as_ref();
        let timeout = timeout(options).or_else(|| timeout(service.options.as_ref()));
        Method {
            repeatable: matches!(
                options.map(|options| options.idempotency_level),
                Some(1 | 2)
            ),
            one_request: !self.client_streaming,
            one_response: !self.server_streaming,
            timeout: timeout.unwrap_or_default(),
        }
    }
}

fn timeout(options: Option<&Options>) -> Option<Timeout> {
    let text = options?.policy.as_ref()?.timeout.as_str();
    // A text that is no duration was refused by the server and by the generator.
    let timeout = humantime::parse_duration(text).ok()?;
    Some(match timeout.is_zero() {
        true => Timeout::Unlimited,
        false => Timeout::After(timeout),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(level: i32, timeout: &str) -> Option<Options> {
        let timeout = timeout.to_owned();
        Some(Options {
            idempotency_level: level,
            policy: Some(Policy { timeout }),
        })
    }

    fn declared(name: &str, options: Option<Options>) -> Declared {
        Declared {
            name: name.to_owned(),
            options,
            ..Declared::default()
        }
    }

    #[test]
    fn a_method_wins_over_its_service() {
        let service = Service {
            name: "Orders".to_owned(),
            options: options(0, "5s"),
            methods: vec![
                declared("Get", options(1, "500ms")),
                declared("Put", options(2, "")),
                declared("Post", None),
                declared("Watch", options(0, "0s")),
            ],
        };
        let file = File {
            package: "shop.v1".to_owned(),
            services: vec![service],
        };
        let methods = Methods::read(&[&Files { files: vec![file] }.encode_to_vec()]);
        let of = |name: &str| {
            let method = methods.0[&format!("/shop.v1.Orders/{name}")];
            (method.repeatable, method.timeout)
        };
        let millis = |millis| Timeout::After(Duration::from_millis(millis));
        assert_eq!(of("Get"), (true, millis(500)));
        assert_eq!(of("Put"), (true, millis(5000)));
        assert_eq!(of("Post"), (false, millis(5000)));
        assert_eq!(of("Watch"), (false, Timeout::Unlimited));
    }

    #[test]
    fn the_protos_of_this_workspace_can_be_read() {
        let methods = Methods::read(&[]);
        assert!(!methods.0.is_empty());
        assert_eq!(methods.of("/no.such.Service/Method"), &UNKNOWN);
    }
}
