//! What protos declare about a method besides its messages.
//!
//! Only what is declared: the server's defaults and its configuration, which has the last word, are
//! no part of it. Quantities are texts that `quantity` reads, as the proto has them but without blanks.

use std::fmt;

/// What a method demands of its callers and grants them, by its own option and that of its service.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who may call it.
    pub access: Access,
    /// How often one caller may: `10/s`.
    pub caller_rate: Option<String>,
    /// How often all callers together may.
    pub total_rate: Option<String>,
    /// Longest time that one call may take, `5s`; `0s` is no limit.
    pub timeout: Option<String>,
    /// A call that takes longer is slow, `500ms`; `0s` is never.
    pub slow: Option<String>,
}

/// Who may call a method.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Access {
    /// Whoever has a valid token; also if nothing is declared.
    #[default]
    Token,
    /// Everybody.
    Public,
    /// Whoever has a valid token with one of these roles; never empty.
    Roles(Vec<String>),
}

/// What a repetition of a call does, by the standard option `idempotency_level`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// Nothing is declared: perhaps harm.
    #[default]
    Unknown,
    /// Nothing at all: the method only reads.
    NoSideEffects,
    /// The same as once.
    Idempotent,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.pad("token"),
            Self::Public => f.pad("public"),
            Self::Roles(roles) => f.pad(&format!("roles {}", roles.join(", "))),
        }
    }
}

impl fmt::Display for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "unknown",
            Self::NoSideEffects => "no side effects",
            Self::Idempotent => "idempotent",
        })
    }
}
