//! One method: what is known of it from the protos, and the policy that is in force.

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde::Serialize;

use crate::config::Deadline;
use crate::policy::{DeclaredMethod, Idempotency, Policy, PolicyError, Rule};

/// Which sides of a method stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One request, one response.
    Unary,
    /// Many requests, one response.
    ClientStreaming,
    /// One request, many responses.
    ServerStreaming,
    /// Many requests, many responses, in any order.
    Bidirectional,
}

impl Kind {
    fn of(client_streaming: bool, server_streaming: bool) -> Self {
        match (client_streaming, server_streaming) {
            (false, false) => Self::Unary,
            (true, false) => Self::ClientStreaming,
            (false, true) => Self::ServerStreaming,
            (true, true) => Self::Bidirectional,
        }
    }

    /// True if the handler may still be at work while its response is sent.
    pub(super) fn answers_in_many(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::Bidirectional)
    }
}

/// One method that the protos declare, or the one that stands for all others.
#[derive(Debug)]
pub struct Method {
    index: usize,
    /// Position of its service among those served; none for the unknown method.
    server: Option<usize>,
    path: Box<str>,
    service: Box<str>,
    kind: Kind,
    /// What the proto says of it, its service first.
    rules: Vec<Rule>,
    idempotency: Idempotency,
    policy: ArcSwap<Policy>,
}

impl Method {
    /// The stand-in for every path that is not in the table: one label, however many are tried.
    pub(crate) fn unknown(index: usize) -> Self {
        let path = "/unknown".into();
        Self {
            index,
            server: None,
            path,
            service: "unknown".into(),
            kind: Kind::Unary,
            rules: Vec::new(),
            idempotency: Idempotency::Unknown,
            policy: ArcSwap::default(),
        }
    }

    /// A method of `service` as a proto declares it, with the rule of its service.
    pub(super) fn declared(
        index: usize,
        server: usize,
        service: &str,
        method: &DeclaredMethod,
        rule: Option<Rule>,
    ) -> Result<Self, PolicyError> {
        let path = format!("/{service}/{}", method.name);
        let rules = [rule, method.rule(&path[1..])?];
        Ok(Self {
            index,
            server: Some(server),
            path: path.into(),
            service: service.into(),
            kind: Kind::of(method.client_streaming, method.server_streaming),
            rules: rules.into_iter().flatten().collect(),
            idempotency: method.idempotency(),
            policy: ArcSwap::default(),
        })
    }

    /// Position in the table, below [`MethodTable::len`](super::MethodTable::len); for values resolved once per method.
    pub fn index(&self) -> usize {
        self.index
    }

    /// False for the one method that stands for all paths outside the table.
    pub fn is_known(&self) -> bool {
        self.server.is_some()
    }

    /// Position of its service among those served; none for the unknown method.
    pub(crate) fn server(&self) -> Option<usize> {
        self.server
    }

    /// The path on the wire, such as `/greeter.v1.Greeter/SayHello`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Service and method, such as `greeter.v1.Greeter/SayHello`.
    pub fn full_name(&self) -> &str {
        &self.path[1..]
    }

    /// The full name of the service, such as `greeter.v1.Greeter`.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The name without the service, such as `SayHello`.
    pub fn name(&self) -> &str {
        self.full_name().rsplit('/').next().unwrap_or_default()
    }

    /// Which sides stream.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The policy that is in force now; a [`Call`](super::Call) keeps the one it began under.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.load_full()
    }

    /// Puts `policy` in force for the calls that begin from now on.
    pub(super) fn enforce(&self, policy: Arc<Policy>) {
        self.policy.store(policy);
    }

    /// The policy of the method under `rules` of the configuration.
    pub(super) fn resolve(
        &self,
        deadline: &Deadline,
        rules: &[Rule],
    ) -> Result<Policy, PolicyError> {
        let mut policy = Policy::of(&self.service, self.kind, deadline);
        policy.idempotency = self.idempotency;
        let named = rules.iter().filter(|rule| rule.names(self.full_name()));
        for rule in self.rules.iter().chain(named) {
            rule.apply(&mut policy)?;
        }
        policy.limit_to_enforced();
        Ok(policy)
    }
}
