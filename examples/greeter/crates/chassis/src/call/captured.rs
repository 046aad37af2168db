//! The metadata of a call that the audit wants, kept when the call begins.
//!
//! Values share their bytes with the headers they came in, so that keeping them costs next to
//! nothing; only what is too long or came in several parts is copied.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Longest value that is kept, in bytes; a longer one is cut.
const LONGEST: usize = 256;

/// The values of the wanted headers, in the order of `audit.metadata`.
#[derive(Debug)]
pub struct Captured(Box<[Option<HeaderValue>]>);

impl Captured {
    /// Keeps the values of `wanted`; none if the caller sent none of them.
    pub(crate) fn of(wanted: &[HeaderName], headers: &HeaderMap) -> Option<Self> {
        wanted
            .iter()
            .any(|name| headers.contains_key(name))
            .then(|| Self(wanted.iter().map(|name| value(name, headers)).collect()))
    }

    /// One value per wanted header: none where the caller sent none.
    ///
    /// Binary values are in base64, as on the wire. Values of one name are joined by a comma.
    pub fn values(&self) -> impl Iterator<Item = Option<Cow<'_, str>>> {
        self.0.iter().map(|value| {
            let value = value.as_ref()?;
            Some(String::from_utf8_lossy(value.as_bytes()))
        })
    }
}

fn value(name: &HeaderName, headers: &HeaderMap) -> Option<HeaderValue> {
    let values = headers.get_all(name);
    let first = values.iter().next()?;
    if first.len() <= LONGEST && values.iter().nth(1).is_none() {
        return Some(first.clone());
    }
    let parts: Vec<_> = values.iter().map(HeaderValue::as_bytes).collect();
    let mut joined = parts.join(&b',');
    joined.truncate(LONGEST);
    HeaderValue::try_from(joined).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    const REGION: HeaderName = HeaderName::from_static("x-region");

    fn captured(headers: &[(HeaderName, &str)]) -> Option<Vec<Option<String>>> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::try_from(*value).unwrap());
        }
        let captured = Captured::of(&[TENANT, REGION], &map)?;
        let own = |value: Option<Cow<'_, str>>| value.map(Cow::into_owned);
        Some(captured.values().map(own).collect())
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        let other = HeaderName::from_static("x-other");
        assert_eq!(captured(&[(other.clone(), "1")]), None);
        assert_eq!(
            captured(&[(other, "1"), (REGION, "eu")]),
            Some(vec![None, Some("eu".to_owned())])
        );
    }

    #[test]
    fn no_value_hides_another_and_none_is_long() {
        let both = captured(&[(TENANT, "a"), (TENANT, "b")]).unwrap();
        assert_eq!(both[0].as_deref(), Some("a,b"));
        let long = "x".repeat(LONGEST + 1);
        let cut = captured(&[(TENANT, &long), (TENANT, &long), (REGION, &long)]).unwrap();
        assert!(cut.iter().flatten().all(|value| value.len() == LONGEST));
    }
}
