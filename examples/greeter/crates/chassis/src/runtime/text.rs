//! Texts of others, which may have any length.

/// The first `most` characters of `text`, or all of it.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    // Most are short, and need not be counted.
    if text.len() <= most {
        return text;
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_stay_whole() {
        assert_eq!(cut("äöü", 2), "äö");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 9), "äöü");
        assert_eq!(cut("ab", 0), "");
    }
}
