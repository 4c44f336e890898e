//! What a client would rather have: `Prefer` (RFC 7240, RFC 8144) and Apple's `Brief`.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The header that says which wish was followed.
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// A client's wishes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Prefer {
    /// Say no more than needed.
    pub(crate) is_minimal: bool,
    /// Send what stands there now.
    pub(crate) is_representation: bool,
    /// Leave the resource itself out of a listing of what is in it.
    pub(crate) is_noroot: bool,
    /// Whether the wish to be brief came in Apple's older header.
    is_brief: bool,
}

impl Prefer {
    /// The wishes that stand in a request's headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        let values = headers.get_all("prefer").iter().filter_map(|it| it.to_str().ok());
        for wish in values.flat_map(|it| it.split(',')) {
            let plain: String = wish.chars().filter(|it| !matches!(it, ' ' | '\t' | '"')).collect();
            match plain.split(';').next().unwrap_or_default() {
                "return=minimal" | "return-minimal" => prefer.is_minimal = true,
                "return=representation" | "return-representation" => {
                    prefer.is_representation = true;
                }
                "depth-noroot" => prefer.is_noroot = true,
                _ => {}
            }
        }
        // Both at once is no wish at all (RFC 7240 §4.2).
        if prefer.is_minimal && prefer.is_representation {
            (prefer.is_minimal, prefer.is_representation) = (false, false);
        }
        prefer.is_brief = headers.get("brief").is_some_and(|it| it.as_bytes() == b"t");
        prefer.is_minimal |= prefer.is_brief;
        prefer
    }

    /// Says in an answer which wishes were followed.
    pub(crate) fn tell(self, headers: &mut HeaderMap, followed: &[&'static str]) {
        for wish in followed {
            headers.append(APPLIED, HeaderValue::from_static(wish));
        }
        headers.append(header::VARY, HeaderValue::from_static("Prefer, Brief"));
    }

    /// The names of the wishes that a listing follows.
    pub(crate) fn of_listing(self) -> Vec<&'static str> {
        let mut followed = Vec::new();
        if self.is_minimal && !self.is_brief {
            followed.push("return=minimal");
        }
        if self.is_noroot {
            followed.push("depth-noroot");
        }
        followed
    }
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
            let found = (found.is_minimal, found.is_representation, found.is_noroot);
            assert_eq!(found, expected, "{name}: {value}");
        }
    }
}
