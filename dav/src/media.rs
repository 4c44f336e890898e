//! The two forms of calendar objects, iCalendar and jCal, and which one a client wants.

use app::App;
use bytes::Bytes;
use http::{HeaderMap, header};
use ical::{Document, Timezones};

use crate::property::calendar::CALENDAR_TYPE;

/// What the entity tags of jCal end with.
const JCAL_MARK: &str = "+jcal";

/// The entity tag of what is stored, whatever form a client knows it in.
pub(crate) fn of_stored(etag: &str) -> String {
    match etag.strip_suffix('"').and_then(|it| it.strip_suffix(JCAL_MARK)) {
        Some(stored) => format!("{stored}\""),
        None => etag.to_owned(),
    }
}

/// Which VTIMEZONEs a client wants, by `CalDAV-Timezones` (RFC 7809 §3.1.3).
pub(crate) fn timezones(headers: &HeaderMap) -> Timezones {
    match headers.get("caldav-timezones").map(|it| it.as_bytes().trim_ascii()) {
        Some(b"T" | b"t") => Timezones::All,
        Some(b"F" | b"f") => Timezones::Unknown,
        _ => Timezones::Stored,
    }
}

/// Whether a client wants a stored text as it is.
pub(crate) fn is_stored(headers: &HeaderMap) -> bool {
    Form::accepted(headers) == Form::Icalendar && timezones(headers) == Timezones::Stored
}

/// A stored text as a client wants it, by all that its headers say, with its media type.
pub(crate) fn negotiated(app: &App, headers: &HeaderMap, text: Bytes) -> (Bytes, String) {
    let text = app.with_timezones(text, timezones(headers));
    Form::accepted(headers).write(text, CALENDAR_TYPE.to_owned())
}

/// How a calendar object is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// `text/calendar` (RFC 5545).
    Icalendar,
    /// `application/calendar+json` (RFC 7265).
    Jcal,
}

impl Form {
    /// The form that a request would rather have, by `Accept` (RFC 9110 §12.5.1).
    ///
    /// Who accepts neither gets iCalendar: there is nothing better to say.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let mut best = (0, 0, Self::Icalendar);
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
        for range in values.flat_map(|it| it.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let (form, exactness) = match parts.next().unwrap_or_default() {
                "application/calendar+json" => (Self::Jcal, 2),
                "text/calendar" => (Self::Icalendar, 2),
                "application/*" => (Self::Jcal, 1),
                "text/*" => (Self::Icalendar, 1),
                "*/*" => (Self::Icalendar, 0),
                _ => continue,
            };
            let weight = parts.find_map(|it| it.strip_prefix("q=")).map_or(1_000, thousandths);
            if weight > 0 && (weight, exactness) > (best.0, best.1) {
                best = (weight, exactness, form);
            }
        }
        best.2
    }

    /// The form that a media type names, if it is one of these.
    pub(crate) fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("text/calendar") {
            Some(Self::Icalendar)
        } else if essence.eq_ignore_ascii_case(ical::jcal::MEDIA_TYPE) {
            Some(Self::Jcal)
        } else {
            None
        }
    }

    /// The entity tag of this form: two forms are never one (RFC 9110 §8.8.3).
    pub(crate) fn etag(self, stored: &str) -> String {
        match self {
            Self::Icalendar => stored.to_owned(),
            Self::Jcal => format!("{}{JCAL_MARK}\"", stored.trim_end_matches('"')),
        }
    }

    /// A text in this form, with its media type; `kind` is that of iCalendar.
    pub(crate) fn write(self, text: Bytes, kind: String) -> (Bytes, String) {
        match self {
            Self::Icalendar => (text, kind),
            Self::Jcal => match Document::parse_stream(&text) {
                Ok(document) => {
                    let jcal = ical::jcal::to_jcal(&document);
                    (jcal.into(), format!("{}; charset=utf-8", ical::jcal::MEDIA_TYPE))
                }
                Err(_) => (text, kind),
            },
        }
    }
}

/// A weight such as `0.5` in thousandths; none for what is no weight.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = format!("{rest:0<3}");
    let parts = (whole.parse::<u32>(), digits.get(..3).and_then(|it| it.parse::<u32>().ok()));
    match parts {
        (Ok(whole), Some(rest)) => {
            whole.min(1).saturating_mul(1_000).saturating_add(rest).min(1_000)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_form_is_the_one_that_is_wanted_most() {
        let cases = [
            ("", Form::Icalendar),
            ("*/*", Form::Icalendar),
            ("text/html", Form::Icalendar),
            ("application/calendar+json", Form::Jcal),
            ("text/calendar, application/calendar+json", Form::Icalendar),
            ("text/calendar;q=0.5, application/calendar+json", Form::Jcal),
            ("text/calendar, application/calendar+json;q=0.5", Form::Icalendar),
            ("*/*, application/calendar+json", Form::Jcal),
            ("application/calendar+json;q=0", Form::Icalendar),
        ];
        for (accept, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(Form::accepted(&headers), expected, "{accept}");
        }
    }
}
