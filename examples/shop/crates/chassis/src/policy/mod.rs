//! What each method demands of its callers, and what it grants them.
//!
//! In: the server's defaults ← the options of the service ← those of the method ← the rules of the
//! configuration, in this order. Out: one [`Policy`] per method, in force from start to end for
//! the calls that begin under it. Knows nothing of how a policy is enforced: that is the guards'.

use std::fmt::{self, Display};
use std::time::Duration;

use serde::Serialize;

mod declared;
mod enforced;
mod pattern;
mod rule;

pub(crate) use declared::{Declared, Method as DeclaredMethod};
pub use rule::{PolicyError, Rates, Rule};

use crate::call::Kind;
use crate::config::{Deadline, Rate, quantity::nonzero, units};

/// What one method demands and grants.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Who may call it.
    pub access: Access,
    /// How often one caller may call it, besides the limits of all methods.
    pub caller_rate: Option<Rate>,
    /// How often all callers together may, besides the limits of all methods.
    pub total_rate: Option<Rate>,
    /// Longest time one call may take; none: no limit.
    #[serde(with = "units::SomeDurationText")]
    pub timeout: Option<Duration>,
    /// A call that takes longer is slow; zero: none is. None: as for all methods.
    #[serde(with = "units::SomeDurationText")]
    pub slow: Option<Duration>,
    /// What a repetition of a call does, as the proto says.
    pub idempotency: Idempotency,
    /// By it the platform asks whether the server lives: it is neither shed nor limited.
    pub probe: bool,
}

/// Who may call a method. Closed by default.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody, with or without a token.
    Public,
    /// Whoever has a valid token.
    #[default]
    Token,
    /// Whoever has a valid token with one of these roles.
    Roles(Vec<String>),
}

impl Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.pad("public"),
            Self::Token => f.pad("token"),
            Self::Roles(roles) => f.pad(&format!("roles {}", roles.join(", "))),
        }
    }
}

/// What a repetition of a call does, by the `idempotency_level` of the method.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    /// Nobody said: perhaps harm.
    #[default]
    Unknown,
    /// Nothing at all: the method only reads.
    NoSideEffects,
    /// The same as once.
    Idempotent,
}

/// Services that the platform's probes call, which have no token.
const PROBED: &str = "grpc.health.v1.Health";

impl Policy {
    /// What a method has of which nobody says anything.
    pub(crate) fn of(service: &str, kind: Kind, deadline: &Deadline) -> Self {
        let timeout = match kind {
            Kind::Unary => deadline.unary,
            // A stream takes as long as it takes.
            _ => deadline.streaming,
        };
        let probe = service == PROBED;
        Self {
            access: if probe { Access::Public } else { Access::Token },
            timeout: nonzero(timeout),
            probe,
            ..Self::default()
        }
    }

    /// Takes back what no guard or observer of this server would heed, whoever wished for it.
    pub(crate) fn limit_to_enforced(&mut self) {
        if !enforced::ACCESS {
            self.access = Access::Public;
        }
        if !enforced::RATE {
            (self.caller_rate, self.total_rate) = (None, None);
        }
        if !enforced::SLOW {
            self.slow = None;
        }
    }
}
