//! Lines and columns.

/// The line and column of a byte, both from 1, the column in characters.
pub(crate) fn position(text: &str, byte: usize) -> (u32, u32) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = text.get(..byte).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (number(line), number(column))
}

/// The column in characters of a byte in a line; all three count from 0, the result from 1.
pub(crate) fn column(text: &str, line: usize, byte: usize) -> u32 {
    let line = text.split('\n').nth(line).unwrap_or_default();
    position(line, byte).1
}

/// No file is so long that this matters.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters() {
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("aä\nöb", 6), (2, 2));
        assert_eq!(position("aä", 2), (1, 2), "inside a character");
        assert_eq!(position("a", 9), (1, 2), "behind the end");
        assert_eq!(column("a\nöb", 1, 2), 2);
    }
}
