//! The parameters of an action: names and values, percent-decoded.

use jiff::Timestamp;
use model::interval::Instant;
use percent_encoding::percent_decode_str;

use super::trouble::Trouble;

/// The parameters of a request, in order.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// The parameters in the query of an address.
    ///
    /// A plus sign stands for itself: names of zones have some, and spaces are `%20` here
    /// (RFC 6570 §3.2.8).
    pub(super) fn of(text: &str) -> Self {
        let decoded = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|it| !it.is_empty()).map(|it| {
            let (name, value) = it.split_once('=').unwrap_or((it, ""));
            (decoded(name), decoded(value))
        });
        Self(pairs.collect())
    }

    /// The value of a parameter, if there is one; `twice` if there are more.
    pub(super) fn once(&self, name: &str, twice: Trouble) -> Result<Option<&str>, Trouble> {
        let mut values = self.0.iter().filter(|it| it.0 == name).map(|it| it.1.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(twice),
            (value, None) => Ok(value),
        }
    }

    /// The moment that a parameter names, in UTC (RFC 3339 §5.6); `bad` if it cannot be read.
    pub(super) fn moment(&self, name: &str, bad: Trouble) -> Result<Option<Instant>, Trouble> {
        let Some(text) = self.once(name, bad)? else { return Ok(None) };
        if !text.ends_with(['Z', 'z']) || text.starts_with(['-', '+']) {
            return Err(bad);
        }
        let at: Timestamp = text.parse().map_err(|_| bad)?;
        Ok(Some(at.as_second()))
    }
}
