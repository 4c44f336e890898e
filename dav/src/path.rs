//! What a path names: principals, homes, calendars and their objects, and the links to them.

use app::Delegation;
use http::Uri;
use model::id::{AttachmentId, SubscriptionId};
use model::limit::SEGMENT_MAX_BYTES;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Where CalDAV begins.
pub const ROOT: &str = "/dav/";

/// What stays as it is in a segment: one way of writing everywhere.
pub(crate) const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// The groups below a principal, by the names that Apple's server gave them.
const DELEGATES: &[(&str, Delegation)] =
    &[("calendar-proxy-read", Delegation::Read), ("calendar-proxy-write", Delegation::Write)];

/// Something that a path names; it need not exist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Resource {
    /// `/dav/`.
    Root,
    /// `/dav/principals/`.
    Principals,
    /// `/dav/principals/NAME/`.
    Principal(String),
    /// `/dav/principals/NAME/calendar-proxy-read/`, or `-write/`: those who stand in for somebody.
    Delegates(String, Delegation),
    /// `/dav/calendars/`.
    Homes,
    /// `/dav/calendars/NAME/`.
    Home(String),
    /// `/dav/calendars/NAME/SLUG/`; the slug has the folders that it is in before it.
    Collection(String, String),
    /// `/dav/calendars/NAME/SLUG/OBJECT`; without a slug it is in the home itself.
    Object(String, String, String),
    /// `/dav/attachments/ID/FILE`.
    Attachment(AttachmentId, String),
    /// `/dav/push/ID`.
    Subscription(SubscriptionId),
}

/// Why a path names nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BadPath {
    /// It is no proper path.
    Malformed,
    /// Nothing can be there.
    Unknown,
}

/// Where the well-known address `path` leads: to calendars (RFC 6764 §5) or to time zones
/// (RFC 7808 §4.2.1.3).
pub fn well_known(path: &str) -> Option<&'static str> {
    let service = path.strip_prefix("/.well-known/")?;
    match service.strip_suffix('/').unwrap_or(service) {
        "caldav" => Some(ROOT),
        "timezone" => Some(crate::timezones::ROOT),
        _ => None,
    }
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
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let owned = |it: &str| it.to_owned();
        Ok(match segments.as_slice() {
            [] => Self::Root,
            ["principals"] => Self::Principals,
            ["principals", name] => Self::Principal(owned(name)),
            ["principals", name, group] => {
                let of = DELEGATES.iter().find(|it| it.0 == *group).ok_or(BadPath::Unknown)?;
                Self::Delegates(owned(name), of.1)
            }
            ["calendars"] => Self::Homes,
            ["calendars", name] => Self::Home(owned(name)),
            ["calendars", name, slug] => Self::Collection(owned(name), owned(slug)),
            ["calendars", name, within @ .., object] if !is_collection => {
                Self::Object(owned(name), within.join("/"), owned(object))
            }
            ["calendars", name, within @ ..] => Self::Collection(owned(name), within.join("/")),
            ["attachments", id, file] if !is_collection => {
                let id = id.parse().map_err(|_| BadPath::Unknown)?;
                Self::Attachment(id, owned(file))
            }
            ["push", id] if !is_collection => {
                Self::Subscription(id.parse().map_err(|_| BadPath::Unknown)?)
            }
            _ => return Err(BadPath::Unknown),
        })
    }

    /// The same as a collection, where a path without a slash at its end could be either.
    pub(crate) fn as_collection(&self) -> Option<Self> {
        match self {
            Self::Object(name, slug, object) if slug.is_empty() => {
                Some(Self::Collection(name.clone(), object.clone()))
            }
            Self::Object(name, slug, object) => {
                Some(Self::Collection(name.clone(), format!("{slug}/{object}")))
            }
            _ => None,
        }
    }

    /// The same as a member of the home itself, if it is directly in it.
    pub(crate) fn in_home(&self) -> Option<Self> {
        match self {
            Self::Collection(name, slug) if !slug.contains('/') => {
                Some(Self::Object(name.clone(), String::new(), slug.clone()))
            }
            _ => None,
        }
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
            Self::Delegates(name, of) => {
                let group = DELEGATES.iter().find(|it| it.1 == *of).map_or("", |it| it.0);
                format!("{ROOT}principals/{}/{group}/", encoded(name))
            }
            Self::Homes => format!("{ROOT}calendars/"),
            Self::Home(name) => format!("{ROOT}calendars/{}/", encoded(name)),
            Self::Collection(name, slug) => {
                format!("{ROOT}calendars/{}/{}/", encoded(name), encoded_slug(slug))
            }
            Self::Object(name, slug, object) if slug.is_empty() => {
                format!("{ROOT}calendars/{}/{}", encoded(name), encoded(object))
            }
            Self::Object(name, slug, object) => {
                let (name, slug) = (encoded(name), encoded_slug(slug));
                format!("{ROOT}calendars/{name}/{slug}/{}", encoded(object))
            }
            Self::Subscription(id) => format!("{ROOT}push/{id}"),
            Self::Attachment(id, file) => format!("{ROOT}attachments/{id}/{}", encoded(file)),
        }
    }
}

pub(crate) fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// Whether a segment is written as we write it, with nothing encoded in it.
pub(crate) fn is_plain_segment(segment: &str) -> bool {
    let is_plain =
        |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'~' | b'@');
    let is_name = !matches!(segment, "" | "." | "..") && segment.len() <= SEGMENT_MAX_BYTES;
    is_name && segment.bytes().all(is_plain)
}

fn encoded_slug(slug: &str) -> String {
    let segments: Vec<String> = slug.split('/').map(encoded).collect();
    segments.join("/")
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
    fn folders_are_in_the_name_of_what_is_in_them() {
        let of = |path| Resource::of(path).unwrap();
        let object = Resource::Object("a".into(), "b/c d".into(), "e".into());
        assert_eq!(of("/dav/calendars/a/b/c%20d/e"), object);
        assert_eq!(object.href(), "/dav/calendars/a/b/c%20d/e");
        let collection = Resource::Collection("a".into(), "b/c d/e".into());
        assert_eq!(of("/dav/calendars/a/b/c%20d/e/"), collection);
        assert_eq!(object.as_collection(), Some(collection));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let cases = [
            ("/dav/calendars/a/../b/", BadPath::Malformed),
            ("/dav/calendars/a/%2e%2e/b", BadPath::Malformed),
            ("/dav/calendars/a/b%2fc/d", BadPath::Malformed),
            ("/dav/calendars/a/b/c%00", BadPath::Malformed),
            ("/dav/calendars//b/c", BadPath::Malformed),
            ("/dav/principals/a/b/", BadPath::Unknown),
            ("/dav/attachments/a/b", BadPath::Unknown),
            ("/davx", BadPath::Unknown),
            ("/dav/else/", BadPath::Unknown),
        ];
        for (path, expected) in cases {
            assert_eq!(Resource::of(path), Err(expected), "{path}");
        }
    }
}
