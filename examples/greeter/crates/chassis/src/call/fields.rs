//! What a handler adds to the log and the audit of its call.

use std::fmt::{self, Display};
use std::sync::{Mutex, PoisonError};

use crate::runtime::text::cut;

/// How many fields one call may have; further ones are dropped.
const MOST: usize = 16;
/// Longest value, in characters; a longer one is cut.
const LONGEST: usize = 256;

/// Fields by name, in the order they were added.
///
/// Costs nothing until the first is added. Shown as `name=value name=value`.
#[derive(Debug, Default)]
pub struct Fields(Mutex<Vec<(&'static str, String)>>);

impl Fields {
    pub(super) fn add(&self, name: &'static str, value: &dyn Display) {
        let mut value = value.to_string();
        value.truncate(cut(&value, LONGEST).len());
        let mut fields = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if fields.len() < MOST {
            fields.push((name, value));
        }
    }

    /// The fields that have been added so far.
    pub fn all(&self) -> Vec<(&'static str, String)> {
        self.read(<[_]>::to_vec)
    }

    /// True if none has been added.
    pub fn is_empty(&self) -> bool {
        self.read(<[_]>::is_empty)
    }

    /// What `read` makes of the fields that have been added so far; no other is added meanwhile.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&[(&'static str, String)]) -> T) -> T {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|fields| {
            for (index, (name, value)) in fields.iter().enumerate() {
                let blank = if index == 0 { "" } else { " " };
                write!(f, "{blank}{name}={value}")?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_bounded() {
        let fields = Fields::default();
        assert!(fields.is_empty());
        fields.add("order", &42);
        fields.add("note", &"ä".repeat(LONGEST + 1));
        assert_eq!(fields.all()[1].1.chars().count(), LONGEST);
        assert!(fields.to_string().starts_with("order=42 note=ää"));
        (0..100).for_each(|value| fields.add("more", &value));
        assert_eq!(fields.all().len(), MOST);
    }
}
