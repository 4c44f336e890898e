//! What a path names: principals, homes, calendars and their objects, and the links to them.

use http::Uri;
use model::limit::SEGMENT_MAX_BYTES;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Where CalDAV begins.
pub const ROOT: &str = "/dav/";

/// What stays as it is in a segment: one way of writing everywhere.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Something that a path names; it need not exist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Resource {
    /// `/dav/`.
    Root,
    /// `/dav/principals/`.
    Principals,
    /// `/dav/principals/NAME/`.
    Principal(String),
    /// `/dav/calendars/`.
    Homes,
    /// `/dav/calendars/NAME/`.
    Home(String),
    /// `/dav/calendars/NAME/SLUG/`.
    Collection(String, String),
    /// `/dav/calendars/NAME/SLUG/OBJECT`.
    Object(String, String, String),
}

/// Why a path names nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BadPath {
    /// It is no proper path.
    Malformed,
    /// Nothing can be there.
    Unknown,
}

/// Where `/.well-known/caldav` leads, if that is what `path` is (RFC 6764 §5).
pub fn well_known(path: &str) -> Option<&'static str> {
    matches!(path, "/.well-known/caldav" | "/.well-known/caldav/").then_some(ROOT)
}

impl Resource {
    /// What the path of a request, or of a link in one, names.
    pub(crate) fn of(path: &str) -> Result<Self, BadPath> {
        let rest = match path.strip_prefix(ROOT) {
            Some(rest) => rest,
            None if path == ROOT.trim_end_matches('/') => "",
            None => return Err(BadPath::Unknown),
        };
        let is_collection = rest.is_empty() || rest.ends_with('/');
        let mut segments = Vec::new();
        for segment in
            rest.strip_suffix('/').unwrap_or(rest).split('/').filter(|_| !rest.is_empty())
        {
            segments.push(decoded(segment)?);
        }
        let mut segments = segments.into_iter();
        let found =
            match (segments.next().as_deref(), segments.next(), segments.next(), segments.next()) {
                (None, ..) => Self::Root,
                (Some("principals"), None, ..) => Self::Principals,
                (Some("principals"), Some(name), None, _) => Self::Principal(name),
                (Some("calendars"), None, ..) => Self::Homes,
                (Some("calendars"), Some(name), None, _) => Self::Home(name),
                (Some("calendars"), Some(name), Some(slug), None) => Self::Collection(name, slug),
                (Some("calendars"), Some(name), Some(slug), Some(object)) if !is_collection => {
                    Self::Object(name, slug, object)
                }
                _ => return Err(BadPath::Unknown),
            };
        if segments.next().is_some() { Err(BadPath::Unknown) } else { Ok(found) }
    }

    /// What a link in a request names: a path, or a whole address.
    pub(crate) fn of_href(href: &str) -> Result<Self, BadPath> {
        let href = href.trim();
        if href.starts_with('/') {
            return Self::of(href);
        }
        let uri: Uri = href.parse().map_err(|_| BadPath::Malformed)?;
        Self::of(uri.path())
    }

    /// The path to it: absolute, collections with a slash at the end.
    pub(crate) fn href(&self) -> String {
        match self {
            Self::Root => ROOT.to_owned(),
            Self::Principals => format!("{ROOT}principals/"),
            Self::Principal(name) => format!("{ROOT}principals/{}/", encoded(name)),
            Self::Homes => format!("{ROOT}calendars/"),
            Self::Home(name) => format!("{ROOT}calendars/{}/", encoded(name)),
            Self::Collection(name, slug) => {
                format!("{ROOT}calendars/{}/{}/", encoded(name), encoded(slug))
            }
            Self::Object(name, slug, object) => {
                format!("{ROOT}calendars/{}/{}/{}", encoded(name), encoded(slug), encoded(object))
            }
        }
    }
}

pub(crate) fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

fn decoded(segment: &str) -> Result<String, BadPath> {
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| BadPath::Malformed)?;
    let is_bad = |it: char| it == '/' || it.is_control() && it != '\n' && it != '\t';
    if text.is_empty() || text == "." || text == ".." || text.contains(is_bad) {
        return Err(BadPath::Malformed);
    }
    if text.len() > SEGMENT_MAX_BYTES {
        return Err(BadPath::Malformed);
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_the_same_however_it_is_encoded() {
        let expected = Resource::Object("a@b".into(), "cal".into(), "x y.ics".into());
        for path in ["/dav/calendars/a@b/cal/x%20y.ics", "/dav/calendars/a%40b/c%61l/x%20y.ics"] {
            assert_eq!(Resource::of(path).as_ref(), Ok(&expected), "{path}");
        }
        assert_eq!(expected.href(), "/dav/calendars/a@b/cal/x%20y.ics");
        assert_eq!(
            Resource::of_href("http://host/dav/principals/a/"),
            Ok(Resource::Principal("a".into()))
        );
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let cases = [
            ("/dav/calendars/a/../b/", BadPath::Malformed),
            ("/dav/calendars/a/%2e%2e/b", BadPath::Malformed),
            ("/dav/calendars/a/b%2fc/d", BadPath::Malformed),
            ("/dav/calendars/a/b/c%00", BadPath::Malformed),
            ("/dav/calendars//b/c", BadPath::Malformed),
            ("/dav/calendars/a/b/c/d", BadPath::Unknown),
            ("/dav/calendars/a/b/c/", BadPath::Unknown),
            ("/davx", BadPath::Unknown),
            ("/dav/else/", BadPath::Unknown),
        ];
        for (path, expected) in cases {
            assert_eq!(Resource::of(path), Err(expected), "{path}");
        }
    }
}
