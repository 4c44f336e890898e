//! The log: a line for each request, without bodies, addresses or secrets.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::config::LogFormat;

/// Characters of a path that are logged.
const PATH_MAX: usize = 200;

/// Starts the log on standard error.
pub(crate) fn start(format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    // A second start, as in tests, changes nothing.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(false).compact().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// What became of a request.
pub(crate) struct Outcome<'a> {
    pub(crate) number: u64,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) body_bytes: usize,
    pub(crate) took: Duration,
}

impl Outcome<'_> {
    /// Writes the line.
    pub(crate) fn log(&self) {
        let took_us = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        let path = shown(self.path);
        if self.status.is_server_error() {
            tracing::error!(
                request = self.number, method = %self.method, path, status = self.status.as_u16(),
                body_bytes = self.body_bytes, took_us, "request"
            );
        } else {
            tracing::info!(
                request = self.number, method = %self.method, path, status = self.status.as_u16(),
                body_bytes = self.body_bytes, took_us, "request"
            );
        }
    }
}

/// What the paths of secret links begin with: of bookings, and of published calendars.
const SECRETS: [&str; 2] = ["/b/r/", "/dav/public/"];

/// A path as it may be logged: without the secret that is in a link.
fn shown(path: &str) -> String {
    let secret = SECRETS.iter().find_map(|it| Some((it, path.strip_prefix(it)?)));
    if let Some((start, rest)) = secret {
        let after = rest.find(['/', '.']).map_or("", |at| &rest[at..]);
        return format!("{start}***{}", after.chars().take(PATH_MAX).collect::<String>());
    }
    path.chars().take(PATH_MAX).filter(|it| !it.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_in_a_link_is_not_logged() {
        assert_eq!(shown("/b/r/c2VjcmV0/cancel"), "/b/r/***/cancel");
        assert_eq!(shown("/b/r/c2VjcmV0"), "/b/r/***");
        assert_eq!(shown("/dav/public/c2VjcmV0.ics"), "/dav/public/***.ics");
        assert_eq!(shown("/dav/x\u{1b}y"), "/dav/xy");
    }
}
