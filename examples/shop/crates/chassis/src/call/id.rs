//! The request id: taken from the caller when it is sane, made here otherwise.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries the id, both ways.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a caller, in bytes; it is logged with every event.
const LONGEST: usize = 128;

/// The id of one request: up to 128 letters, digits and `-_.:/+=@~`.
///
/// Unique, not secret: it comes from a fast generator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id of a call that no server made.
    pub(super) const DETACHED: Self = Self(HeaderValue::from_static("detached"));

    /// The caller's id, or a new one when there is none that may be logged as it is.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(given) if is_sane(given.as_bytes()) => Self(given.clone()),
            _ => Self::new(),
        }
    }

    fn new() -> Self {
        let hex = format!("{:032x}", fastrand::u128(..));
        Self(HeaderValue::try_from(hex).expect("hexadecimal digits make a header value"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as the value of the `x-request-id` header.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@~".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(id: &str) -> RequestId {
        RequestId::of(&HeaderMap::from_iter([(
            HEADER,
            HeaderValue::try_from(id).unwrap(),
        )]))
    }

    #[test]
    fn a_sane_id_is_kept() {
        assert_eq!(
            given("01J9-abc_DEF.7:/+=@~").as_str(),
            "01J9-abc_DEF.7:/+=@~"
        );
        assert_eq!(given(&"a".repeat(LONGEST)).as_str().len(), LONGEST);
    }

    #[test]
    fn anything_else_is_replaced() {
        for bad in ["", "two words", "quote\"", &"a".repeat(LONGEST + 1)] {
            let id = given(bad);
            assert_ne!(id.as_str(), bad);
            assert_eq!(id.as_str().len(), 32);
        }
    }

    #[test]
    fn new_ids_differ() {
        let headers = HeaderMap::new();
        assert_ne!(RequestId::of(&headers), RequestId::of(&headers));
    }
}
