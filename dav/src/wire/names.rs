//! The namespaces, and the prefixes that answers use for them.

/// RFC 4918.
pub(crate) const DAV: &str = "DAV:";
/// RFC 4791.
pub(crate) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// The extensions of Apple's calendar server.
pub(crate) const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";
/// Apple's calendar clients.
pub(crate) const APPLE: &str = "http://apple.com/ns/ical/";
/// Ours: why a time cannot be booked.
pub(crate) const BOOKDAV: &str = "urn:bookdav:ns";

/// WebDAV-Push, as DAVx5 speaks it.
pub(crate) const PUSH: &str = "https://bitfire.at/webdav-push";

/// The bulk change draft of calendarserver.org.
pub(crate) const MOBILE_ME: &str = "http://me.com/_namespace/";

/// Every namespace that has a prefix in answers.
pub(crate) const PREFIXES: &[(&str, &str)] = &[
    ("D", DAV),
    ("C", CALDAV),
    ("CS", CALENDAR_SERVER),
    ("A", APPLE),
    ("B", BOOKDAV),
    ("P", PUSH),
];

/// The prefix of a namespace, if it has one.
pub(crate) fn prefix(namespace: &str) -> Option<&'static str> {
    PREFIXES.iter().find(|it| it.1 == namespace).map(|it| it.0)
}
