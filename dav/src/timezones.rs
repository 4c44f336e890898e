//! Where the time zone distribution service is (RFC 7808).

/// Where it begins.
pub(crate) const ROOT: &str = "/dav/timezones/";
