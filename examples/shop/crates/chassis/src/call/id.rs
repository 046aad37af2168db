//! The request id: taken from the caller when it is sane, made here otherwise.

use http::{HeaderName, HeaderValue};

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
    pub(super) fn of(given: Option<&HeaderValue>) -> Self {
        match given {
            Some(given) if is_sane(given.as_bytes()) => Self(given.clone()),
            _ => Self::new(),
        }
    }

    fn new() -> Self {
        let value = HeaderValue::from_bytes(&hex(fastrand::u128(..)));
        Self(value.expect("hexadecimal digits make a header value"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as the value of the `x-request-id` header.
    pub fn header(&self) -> HeaderValue {
        let mut value = self.0.clone();
        // No secret, but never seen again: it would only push others out of HTTP/2's header table.
        value.set_sensitive(true);
        value
    }
}

/// The 32 hexadecimal digits of an id; general formatting would take several times as long.
pub(crate) fn hex(id: u128) -> [u8; 32] {
    let mut digits = [0; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(id.to_be_bytes()) {
        pair[0] = byte >> 4;
        pair[1] = byte & 15;
    }
    digits.map(|digit| digit + if digit < 10 { b'0' } else { b'a' - 10 })
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
        RequestId::of(Some(&HeaderValue::try_from(id).unwrap()))
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
    fn digits_are_those_of_the_number() {
        let id = 0x0123_4567_89ab_cdef_0011_2233_4455_6677;
        assert_eq!(hex(id).as_slice(), format!("{id:032x}").as_bytes());
    }

    #[test]
    fn new_ids_differ() {
        assert_ne!(RequestId::of(None), RequestId::of(None));
    }
}
