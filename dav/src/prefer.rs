//! What a client would rather have: `Prefer` (RFC 7240, RFC 8144) and Apple's `Brief`.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The header that says which wish was followed.
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// What an answer depends on.
const VARY: HeaderValue = HeaderValue::from_static("Prefer, Brief");

/// How much of an answer somebody wants (RFC 7240 §4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Return {
    /// No more than needed.
    Minimal,
    /// What stands there now.
    Representation,
}

/// A client's wishes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Prefer {
    returns: Option<Return>,
    /// Leave the resource itself out of a listing of what is in it.
    pub(crate) is_noroot: bool,
    /// The wish to be brief in Apple's older header.
    is_brief: bool,
}

impl Prefer {
    /// The wishes that stand in a request's headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut is_minimal, mut is_representation, mut is_noroot) = (false, false, false);
        let values = headers.get_all("prefer").iter().filter_map(|it| it.to_str().ok());
        for wish in values.flat_map(|it| it.split(',')) {
            let plain: String = wish.chars().filter(|it| !matches!(it, ' ' | '\t' | '"')).collect();
            match plain.split(';').next().unwrap_or_default() {
                "return=minimal" | "return-minimal" => is_minimal = true,
                "return=representation" | "return-representation" => is_representation = true,
                "depth-noroot" => is_noroot = true,
                _ => {}
            }
        }
        let returns = match (is_minimal, is_representation) {
            (true, false) => Some(Return::Minimal),
            (false, true) => Some(Return::Representation),
            // Both at once is no wish at all.
            (true, true) | (false, false) => None,
        };
        let is_brief = headers.get("brief").is_some_and(|it| it.as_bytes() == b"t");
        Self { returns, is_noroot, is_brief }
    }

    /// Whether no more is to be said than needed.
    pub(crate) fn is_minimal(self) -> bool {
        self.is_brief || self.returns == Some(Return::Minimal)
    }

    /// Whether what stands there now is to be sent.
    pub(crate) fn is_representation(self) -> bool {
        self.returns == Some(Return::Representation)
    }

    /// Says in an answer that a listing followed the wishes.
    pub(crate) fn tell_listing(self, headers: &mut HeaderMap) {
        if self.returns == Some(Return::Minimal) {
            headers.append(APPLIED, HeaderValue::from_static("return=minimal"));
        }
        if self.is_noroot {
            headers.append(APPLIED, HeaderValue::from_static("depth-noroot"));
        }
        headers.append(header::VARY, VARY);
    }
}

/// Says in an answer that it has what stands there now.
pub(crate) fn tell_representation(headers: &mut HeaderMap) {
    headers.append(APPLIED, HeaderValue::from_static("return=representation"));
    headers.append(header::VARY, VARY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_understood_however_they_are_written() {
        let cases = [
            ("prefer", "return=minimal", (true, false, false)),
            ("prefer", "return-minimal, depth-noroot", (true, false, true)),
            ("prefer", "respond-async, return=\"representation\"; x=y", (false, true, false)),
            ("prefer", "return=minimal, return=representation", (false, false, false)),
            ("brief", "t", (true, false, false)),
            ("brief", "f", (false, false, false)),
        ];
        for (name, value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            let found = Prefer::of(&headers);
            let found = (found.is_minimal(), found.is_representation(), found.is_noroot);
            assert_eq!(found, expected, "{name}: {value}");
        }
    }
}
