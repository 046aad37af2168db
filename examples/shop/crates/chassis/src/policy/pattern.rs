//! Names of methods with `*` in them.

/// True if `text` is `pattern`, where each `*` stands for anything.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let name = "shop.v1.Orders/ListOrders";
        for pattern in [
            name,
            "*",
            "**",
            "shop.*",
            "shop.v1.Orders/*",
            "*/List*",
            "shop.*/ListOrders",
            "*Orders/*Orders",
        ] {
            assert!(matches(pattern, name), "{pattern}");
        }
        for pattern in [
            "",
            "shop",
            "Orders/*",
            "*/Get*",
            "shop.v1.Orders/",
            "*Orders/*Orders*s",
        ] {
            assert!(!matches(pattern, name), "{pattern}");
        }
    }
}
