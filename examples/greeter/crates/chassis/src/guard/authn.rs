//! Finds out who calls: the identity of the token in `authorization: Bearer …`.
//!
//! A method that is not public wants exactly one token, and a valid one. A public method takes a
//! valid token as well, so that its handler may know who calls, and ignores any other. What is wrong
//! with a token is for the observers; the caller learns whether to bring one, another or a fresh one.
//!
//! The header stays, for handlers that call others in the caller's name. Its value is marked as
//! sensitive, so that whoever prints the headers does not print the token.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, header, request};
use tonic::Code;

use super::{Guard, Refusal};
use crate::call::Call;
use crate::policy::Access;
use crate::token::{Identity, TokenError, Verifier};

/// What comes before the token, in any case.
const SCHEME: &[u8] = b"Bearer ";

/// Lets calls pass that have a valid token, or need none.
#[derive(Debug)]
pub struct Authn(Option<Arc<Verifier>>);

/// Why nobody is known to call.
enum Unknown {
    Missing,
    Malformed(&'static str),
    Refused(TokenError),
}

impl Authn {
    /// Verifies tokens by `verifier`; without one, no token is valid.
    pub fn new(verifier: Option<Arc<Verifier>>) -> Self {
        Self(verifier)
    }

    /// Finds who calls by a token that has been verified before; true if there is such a one.
    ///
    /// Costs a look-up, whatever the caller sends.
    pub fn recall(&self, call: &mut Call, head: &request::Parts) -> bool {
        let now = call.time();
        let token = bearer(&head.headers).ok();
        let verifier = self.0.as_ref();
        call.identity = verifier
            .zip(token)
            .and_then(|(verifier, token)| verifier.recall(token, now));
        call.identity.is_some()
    }

    fn identify(&self, headers: &HeaderMap, now: SystemTime) -> Result<Arc<Identity>, Unknown> {
        let token = bearer(headers)?;
        let verifier = self.0.as_ref();
        let verifier = verifier.ok_or(Unknown::Malformed("there is no key to verify it"))?;
        verifier.verify(token, now).map_err(Unknown::Refused)
    }
}

impl Guard for Authn {
    fn check(&self, call: &mut Call, head: &request::Parts) -> Result<(), Refusal> {
        match self.identify(&head.headers, call.time()) {
            Ok(identity) => call.identity = Some(identity),
            Err(_) if call.policy().access == Access::Public => {}
            Err(unknown) => return Err(unknown.refusal()),
        }
        Ok(())
    }
}

/// The one token of the headers.
fn bearer(headers: &HeaderMap) -> Result<&[u8], Unknown> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Unknown::Missing)?.as_bytes();
    // Whoever is before us might have looked at another one.
    if values.next().is_some() {
        return Err(Unknown::Malformed("several authorization headers"));
    }
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(token),
        _ => Err(Unknown::Malformed("the scheme is not Bearer")),
    }
}

impl Unknown {
    fn refusal(self) -> Refusal {
        let (message, reason, detail): (_, _, Cow<'static, str>) = match self {
            Self::Missing => (
                "a token is needed: authorization: Bearer …",
                "TOKEN_MISSING",
                "no authorization header".into(),
            ),
            Self::Malformed(detail) => ("the token is not valid", "TOKEN_INVALID", detail.into()),
            Self::Refused(error) => {
                let detail = error.to_string().into();
                match error {
                    TokenError::Expired(_) => ("the token has expired", "TOKEN_EXPIRED", detail),
                    _ => ("the token is not valid", "TOKEN_INVALID", detail),
                }
            }
        };
        Refusal::new(Code::Unauthenticated, message)
            .reason(reason)
            .detail(detail)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};

    use super::*;
    use crate::call::testing;

    fn token(values: &[&'static str]) -> Result<Vec<u8>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        match bearer(&headers) {
            Ok(token) => Ok(token.to_vec()),
            Err(Unknown::Missing) => Err("missing"),
            Err(_) => Err("malformed"),
        }
    }

    #[test]
    fn a_bearer_is_read_in_any_case() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            assert_eq!(token(&[value]), Ok(b"a.b.c".to_vec()), "{value}");
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        assert_eq!(token(&[]), Err("missing"));
        for value in ["", "a.b.c", "Bearer", "Bearera.b.c", "Basic a.b.c"] {
            assert_eq!(token(&[value]), Err("malformed"), "{value}");
        }
        let twice = ["Bearer a.b.c", "Bearer a.b.c"];
        assert_eq!(token(&twice), Err("malformed"));
    }
    #[test]
    fn without_keys_nobody_is_known() {
        let request = Request::builder().header(header::AUTHORIZATION, "Bearer a.b.c");
        let (head, ()) = request.body(()).unwrap().into_parts();
        // A method that became closed while the server runs.
        let mut call = testing::unknown(&head);
        let refusal = Authn::new(None).check(&mut call, &head).unwrap_err();
        assert_eq!(refusal.code(), Code::Unauthenticated);
        assert_eq!(refusal.message(), "the token is not valid");
    }
}
