//! `If-Match` and `If-None-Match` as the use cases understand them.

use app::Condition;
use http::HeaderMap;
use http::header::{AsHeaderName, IF_MATCH, IF_NONE_MATCH};

/// The conditions of a request (RFC 9110 §13.1).
pub(crate) fn of(headers: &HeaderMap) -> Condition {
    Condition { if_match: tags(headers, IF_MATCH), if_none_match: tags(headers, IF_NONE_MATCH) }
}

/// The entity tags of a header; a weak one never matches a strong comparison, so it stays weak.
fn tags(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Vec<String>> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let texts = values.filter_map(|it| it.to_str().ok());
    let tags = texts.flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty());
    Some(tags.map(quoted).collect())
}

/// Evolution sends entity tags without their quotes.
fn quoted(tag: &str) -> String {
    if tag == "*" || tag.contains('"') { tag.to_owned() } else { format!("\"{tag}\"") }
}
