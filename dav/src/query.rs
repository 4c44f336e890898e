//! The parameters in the query of an address: names and values, percent-decoded.

use percent_encoding::percent_decode_str;

/// The parameters of a request, in order.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// The parameters in the query of an address.
    ///
    /// A plus sign stands for itself: names of zones have some, and spaces are `%20` here
    /// (RFC 6570 §3.2.8).
    pub(crate) fn of(text: &str) -> Self {
        let decoded = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|it| !it.is_empty()).map(|it| {
            let (name, value) = it.split_once('=').unwrap_or((it, ""));
            (decoded(name), decoded(value))
        });
        Self(pairs.collect())
    }

    /// The value of a parameter, if there is one; `twice` if there are more.
    pub(crate) fn once<E>(&self, name: &str, twice: E) -> Result<Option<&str>, E> {
        let mut values = self.0.iter().filter(|it| it.0 == name).map(|it| it.1.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(twice),
            (value, None) => Ok(value),
        }
    }
}
