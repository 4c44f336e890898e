//! Links to pages, with the choices that were made so far.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A name as a segment of a path.
pub(crate) fn segment(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string().replace("%2D", "-").replace("%2E", ".")
}

/// `base` with a query of those `fields` that are not empty.
pub(crate) fn with_query(base: &str, fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|it| !it.1.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") }
}
