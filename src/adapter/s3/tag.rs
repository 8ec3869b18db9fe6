//! Entity tags: with quotes in headers, without them everywhere else.

/// An entity tag without its quotes: notifications and requests leave them out, headers have them.
pub(super) fn bare(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(etag)
}

/// An entity tag as headers have it.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{}\"", bare(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_compared_without_its_quotes() {
        let rows = [("\"a\"", "a"), ("a", "a"), ("\"", "\""), ("", ""), ("W/\"a\"", "W/\"a\"")];
        for (etag, expected) in rows {
            assert_eq!(bare(etag), expected);
        }
        assert_eq!(quoted("a"), "\"a\"");
        assert_eq!(quoted("\"a\""), "\"a\"");
    }
}
