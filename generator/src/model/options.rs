//! Reads the options of `protosmith/options.proto` out of descriptors.
//!
//! In: the compiled protos. Out: what a service and its methods declare, as it is written
//! ([`Declared`], which `check::policy` looks through), and what that means for each method
//! ([`Policy`]). The server reads the same options by the same rules when it starts.

use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, Value};

use super::policy::{Access, Policy};
use crate::proto::policy;

/// The options, if some proto imports them.
pub(super) struct Options<'a> {
    pool: &'a DescriptorPool,
    /// Of services and of methods.
    extensions: Option<[ExtensionDescriptor; 2]>,
}

/// One option as it is written. An empty text is an absent one: proto3 does not tell them apart.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) public: Option<bool>,
    pub(super) roles: Vec<String>,
    pub(super) caller_rate: Option<String>,
    pub(super) total_rate: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) slow: Option<String>,
}

// === impl Options ===

impl<'a> Options<'a> {
    /// Looks whether our file is among the protos.
    pub(super) fn new(pool: &'a DescriptorPool) -> Self {
        let ours = |name: &str| {
            let extension = pool.get_extension_by_name(name)?;
            (extension.parent_file().name() == policy::NAME).then_some(extension)
        };
        let extensions = ours("protosmith.service").zip(ours("protosmith.method"));
        Self {
            pool,
            extensions: extensions.map(|(service, method)| [service, method]),
        }
    }

    /// What the service of that full name declares, and each of its methods in their order; `None` if
    /// no proto imports our options.
    pub(super) fn declared(&self, service: &str) -> Option<(Declared, Vec<Declared>)> {
        let [of_service, of_method] = self.extensions.as_ref()?;
        let service = self.pool.get_service_by_name(service)?;
        let methods = service
            .methods()
            .map(|method| Declared::read(&method.options(), of_method));
        Some((
            Declared::read(&service.options(), of_service),
            methods.collect(),
        ))
    }

    /// What that means for each method; empty if no proto imports our options.
    pub(super) fn policies(&self, service: &str) -> Vec<Policy> {
        let Some((service, methods)) = self.declared(service) else {
            return Vec::new();
        };
        let inherited = service.over(Policy::default());
        let methods = methods.iter();
        methods
            .map(|method| method.over(inherited.clone()))
            .collect()
    }
}

// === impl Declared ===

impl Declared {
    fn read(options: &DynamicMessage, extension: &ExtensionDescriptor) -> Self {
        let option = options.get_extension(extension);
        let Some(option) = option.as_message() else {
            return Self::default();
        };
        let rate = |name| text(option.get_field_by_name("rate")?.as_message()?, name);
        let set = |name| {
            option
                .has_field_by_name(name)
                .then(|| option.get_field_by_name(name))?
        };
        let roles = option.get_field_by_name("roles");
        let roles = roles.as_ref().and_then(|roles| roles.as_list());
        Self {
            public: set("public").and_then(|public| public.as_bool()),
            roles: (roles.into_iter().flatten())
                .filter_map(|role| role.as_str().map(str::to_owned))
                .collect(),
            caller_rate: rate("caller"),
            total_rate: rate("total"),
            timeout: text(option, "timeout"),
            slow: text(option, "slow"),
        }
    }

    /// The policy with what is declared here in front of it. Who may call is one thing: who is
    /// `public` inherits no roles, and who has roles is not `public`.
    fn over(&self, inherited: Policy) -> Policy {
        let access = match (self.public, self.roles.as_slice()) {
            (Some(true), _) => Access::Public,
            (_, [_, ..]) => Access::Roles(self.roles.clone()),
            (Some(false), []) => Access::Token,
            (None, []) => inherited.access,
        };
        let either = |own: &Option<String>, inherited: Option<String>| {
            let own = own.as_ref().map(|text| text.split_whitespace().collect());
            own.or(inherited)
        };
        Policy {
            access,
            caller_rate: either(&self.caller_rate, inherited.caller_rate),
            total_rate: either(&self.total_rate, inherited.total_rate),
            timeout: either(&self.timeout, inherited.timeout),
            slow: either(&self.slow, inherited.slow),
        }
    }
}

/// A text that is not empty.
fn text(message: &DynamicMessage, name: &str) -> Option<String> {
    let value = message.get_field_by_name(name)?;
    let text = Value::as_str(&value)?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Idempotency, Model, from_proto};
    use crate::proto::compile_embedded;

    fn model(start: &str, service: &str) -> Model {
        let text = format!(
            "{start} import 'protosmith/options.proto'; message M {{}} service S {{ {service} }}"
        );
        let compiled = compile_embedded("x.proto", &text).expect("it compiles");
        from_proto::model(&compiled).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The policies of the methods, each written as its option; the texts in the order of [`Policy`].
    fn check(of_service: &str, methods: &[(&str, &str)]) {
        let rpc = |(n, option): (usize, &str)| {
            format!("rpc R{n}(M) returns (M) {{ option (protosmith.method) = {{ {option} }}; }}")
        };
        let options = methods.iter().map(|(option, _)| *option).enumerate();
        let service = format!(
            "option (protosmith.service) = {{ {of_service} }}; {}",
            options.map(rpc).collect::<String>()
        );
        let model = model("syntax = 'proto3';", &service);
        let found = model.services[0].methods.iter().map(|method| {
            let policy = &method.policy;
            let texts = [
                &policy.caller_rate,
                &policy.total_rate,
                &policy.timeout,
                &policy.slow,
            ];
            let texts = texts.map(|text| text.clone().unwrap_or("-".to_owned()));
            format!("{}: {}", policy.access, texts.join(" "))
        });
        let expected = methods.iter().map(|(_, expected)| *expected);
        assert!(
            found.clone().eq(expected),
            "{:?}",
            found.collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_last_word_on_access_counts() {
        check(
            "roles: 'staff'",
            &[
                ("", "roles staff: - - - -"),
                ("public: true", "public: - - - -"),
                ("public: false", "token: - - - -"),
                ("roles: ['a', 'b']", "roles a, b: - - - -"),
                ("public: false, roles: 'a'", "roles a: - - - -"),
            ],
        );
        check(
            "public: true",
            &[
                ("", "public: - - - -"),
                ("roles: 'a'", "roles a: - - - -"),
                ("public: false", "token: - - - -"),
            ],
        );
    }

    #[test]
    fn a_method_wins_field_by_field() {
        check(
            "timeout: '5 s', slow: '1s', rate: { caller: '1/s' }",
            &[
                ("", "token: 1/s - 5s 1s"),
                ("timeout: '', rate: {}", "token: 1/s - 5s 1s"),
                (
                    "slow: '0s', rate: { total: '9 / m' }",
                    "token: 1/s 9/m 5s 0s",
                ),
                ("rate: { caller: '2/s' }", "token: 2/s - 5s 1s"),
            ],
        );
    }

    /// However the file is written, and however the option is.
    #[test]
    fn all_syntaxes_have_options() {
        for start in ["syntax = 'proto2';", "edition = '2023';", "package p;"] {
            let model = model(
                start,
                "rpc A(M) returns (M) { \
                   option (protosmith.method).timeout = '5s'; \
                   option (protosmith.method).rate.total = '1/s'; \
                   option idempotency_level = IDEMPOTENT; \
                 } \
                 rpc B(M) returns (M) { option idempotency_level = NO_SIDE_EFFECTS; } \
                 rpc C(M) returns (M);",
            );
            let [a, b, c] = model.services[0].methods.as_slice() else {
                panic!("three methods")
            };
            assert_eq!(a.policy.timeout.as_deref(), Some("5s"), "{start}");
            assert_eq!(a.policy.total_rate.as_deref(), Some("1/s"), "{start}");
            assert_eq!(b.policy, Policy::default());
            let levels = [a, b, c].map(|method| method.idempotency);
            assert_eq!(
                levels,
                [
                    Idempotency::Idempotent,
                    Idempotency::NoSideEffects,
                    Idempotency::Unknown
                ]
            );
        }
    }

    /// A file of the user's may define options of these names; they are not ours.
    #[test]
    fn options_of_others_are_none_of_ours() {
        let text = "syntax = 'proto3'; package protosmith; import 'google/protobuf/descriptor.proto'; \
                    extend google.protobuf.MethodOptions { int32 method = 52317; } \
                    extend google.protobuf.ServiceOptions { int32 service = 52317; } message M {} \
                    service S { rpc R(M) returns (M) { option (protosmith.method) = 1; } }";
        let compiled = compile_embedded("x.proto", text).expect("it compiles");
        let model = from_proto::model(&compiled).expect("it has a service");
        assert_eq!(model.services[0].methods[0].policy, Policy::default());
    }
}
