//! The page for people, in three files that this crate carries: a browser needs nothing else.

use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;

type Asset = ([(HeaderName, &'static str); 1], &'static str);

pub(super) async fn html() -> Asset {
    let html = include_str!("page/index.html");
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], html)
}

pub(super) async fn css() -> Asset {
    let css = include_str!("page/page.css");
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], css)
}

pub(super) async fn js() -> Asset {
    let js = include_str!("page/page.js");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], js)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between each `start` and the next quotation mark.
    fn quoted<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
        let parts = text.split(start).skip(1);
        parts.filter_map(|part| part.split('"').next()).collect()
    }

    #[tokio::test]
    async fn the_script_finds_what_it_fills() {
        let ((_, html), (_, js)) = (html().await, js().await);
        let has = |id: &str| html.contains(&format!("id=\"{id}\""));
        let lines = quoted(js, " trend(\"");
        for id in &lines {
            assert!(has(&format!("{id}-line")), "{id}-line");
        }
        let ids = [quoted(js, "byId(\""), quoted(js, " table(\""), lines].concat();
        assert!(ids.len() > 20);
        for id in ids {
            assert!(has(id), "{id}");
        }
    }

    #[tokio::test]
    async fn every_part_of_the_page_is_fetched_by_its_name() {
        let ((_, html), (_, js)) = (html().await, js().await);
        let parts = quoted(html, "data-part=\"");
        assert!(parts.len() > 5);
        for part in parts {
            // A name that is no word needs quotation marks in the script.
            let keys = [format!("\n  {part}: show"), format!("\n  \"{part}\": show")];
            assert!(keys.iter().any(|key| js.contains(key)), "{part}");
            assert!(html.contains(&format!("href=\"debug/{part}\"")), "{part}");
        }
        for label in quoted(html, "aria-labelledby=\"") {
            assert!(html.contains(&format!("id=\"{label}\"")), "{label}");
        }
    }

    #[tokio::test]
    async fn nothing_is_loaded_from_elsewhere_or_written_as_markup() {
        let ((_, html), (_, css), (_, js)) = (html().await, css().await, js().await);
        // The one name that looks like an address is that of SVG.
        let html = html.replace("http://www.w3.org/2000/svg", "");
        for text in [&html, css, js] {
            assert!(!text.contains("://") && !text.contains("url("));
        }
        for inline in [" style=", "<style", " onclick=", "<script>"] {
            assert!(!html.contains(inline), "{inline}");
        }
        for markup in ["HTML", "document.write", "eval(", "new Function"] {
            assert!(!js.contains(markup), "{markup}");
        }
    }
}
