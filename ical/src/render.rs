//! What a report returns of an object: expanded or limited, and of that the parts asked for.

use model::interval::Interval;

use crate::document::Document;
use crate::expand::expand;
use crate::instances::Context;
use crate::limit::{limit_freebusy_set, limit_recurrence_set};
use crate::select::{Selection, select};
use crate::validate::{Invalid, Precondition};
use crate::zone_text::{with_timezones, without_known_timezones};

/// `CALDAV:calendar-data` of a request (RFC 4791 §9.6); the default asks for the object as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DataRequest {
    /// `CALDAV:comp`: which parts.
    pub selection: Option<Selection>,
    /// What to do with series.
    pub recurrence: Recurrence,
    /// `CALDAV:limit-freebusy-set`: the window of the FREEBUSY values.
    pub freebusy: Option<Interval>,
    /// `CalDAV-Timezones`: which VTIMEZONEs.
    pub timezones: Timezones,
}

/// Which VTIMEZONEs are returned (RFC 7809 §3.1.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Timezones {
    /// Those that are stored.
    #[default]
    Stored,
    /// `CalDAV-Timezones: T`: one for each zone that is named.
    All,
    /// `CalDAV-Timezones: F`: only those that nobody else knows.
    Unknown,
}

/// How a series is returned.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Recurrence {
    /// As it is stored.
    #[default]
    Stored,
    /// `CALDAV:expand`: instance by instance.
    Expanded(Interval),
    /// `CALDAV:limit-recurrence-set`: without the overrides that do not touch the window.
    Limited(Interval),
}

/// A text, and what it took to write it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendered {
    /// The iCalendar text.
    pub text: Vec<u8>,
    /// How many instances were written out.
    pub instances: usize,
    /// Whether there are more than were allowed, so that the text is not whole.
    pub truncated: bool,
}

/// What `request` asks for of `document`, with at most `max` instances written out.
///
/// # Errors
///
/// [`Invalid`] where a date, a duration or a rule cannot be read.
pub fn render(
    document: &Document,
    request: &DataRequest,
    context: &Context<'_>,
    max: usize,
) -> Result<Rendered, Invalid> {
    let mut rendered =
        Rendered { text: document.as_bytes().to_vec(), instances: 0, truncated: false };
    match request.recurrence {
        Recurrence::Stored => {}
        Recurrence::Expanded(window) => {
            let (text, all) = expand(document, window, context, max)?;
            let (instances, truncated) = (all.found.len(), all.truncated);
            rendered = Rendered { text, instances, truncated };
        }
        Recurrence::Limited(window) => {
            rendered.text = limit_recurrence_set(document, window, context)?;
        }
    }
    if let Some(window) = request.freebusy {
        rendered.text = limit_freebusy_set(&read_again(&rendered.text)?, window, context);
    }
    match request.timezones {
        Timezones::Stored => {}
        Timezones::All => {
            // What is written out instance by instance names no zone (RFC 4791 §9.6.5).
            if !matches!(request.recurrence, Recurrence::Expanded(_)) {
                rendered.text = with_timezones(&read_again(&rendered.text)?, context.zones);
            }
        }
        Timezones::Unknown => {
            rendered.text = without_known_timezones(&read_again(&rendered.text)?, context.zones);
        }
    }
    if let Some(selection) = &request.selection {
        rendered.text = select(&read_again(&rendered.text)?, selection);
    }
    Ok(rendered)
}

/// A text that we wrote; only its size may forbid to read it.
fn read_again(text: &[u8]) -> Result<Document, Invalid> {
    Document::parse_stream(text).map_err(|malformed| Invalid {
        precondition: Precondition::MaxInstances,
        why: malformed.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::{Components, Named, Properties, Shown};
    use model::zone::{Zone, ZoneDb};

    /// The series of RFC 4791 §7.8.2 and §7.8.3.
    const TEXT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example Corp.//CalDAV Client//EN\r\n\
        BEGIN:VTIMEZONE\r\nTZID:US/Eastern\r\nBEGIN:STANDARD\r\nDTSTART:20001026T020000\r\n\
        TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n\
        DTSTAMP:20060206T001121Z\r\nDTSTART;TZID=US/Eastern:20060102T120000\r\nDURATION:PT1H\r\n\
        RRULE:FREQ=DAILY;COUNT=5\r\nSUMMARY:Event #2\r\nUID:00959BC664CA650E933C892C@example.com\r\n\
        END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTAMP:20060206T001121Z\r\n\
        DTSTART;TZID=US/Eastern:20060104T140000\r\nDURATION:PT1H\r\n\
        RECURRENCE-ID;TZID=US/Eastern:20060104T120000\r\nSUMMARY:Event #2 bis\r\n\
        UID:00959BC664CA650E933C892C@example.com\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
        DTSTAMP:20060206T001121Z\r\nDTSTART;TZID=US/Eastern:20060106T140000\r\nDURATION:PT1H\r\n\
        RECURRENCE-ID;TZID=US/Eastern:20060106T120000\r\nSUMMARY:Event #2 bis bis\r\n\
        UID:00959BC664CA650E933C892C@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn rendered(request: &DataRequest, max: usize) -> Rendered {
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        let context = Context::new(&zones, &zone);
        render(&Document::parse(TEXT.as_bytes()).unwrap(), request, &context, max).unwrap()
    }

    fn window() -> Interval {
        let at = |text| crate::utc_instant(text).unwrap();
        Interval::new(at("20060103T000000Z"), at("20060105T000000Z")).unwrap()
    }

    fn summaries() -> Selection {
        let named = |name: &str| Named { name: name.into(), shown: Shown::Whole };
        Selection {
            name: "VCALENDAR".into(),
            properties: Properties::Named(vec![]),
            components: Components::Named(vec![Selection {
                name: "VEVENT".into(),
                properties: Properties::Named(vec![named("SUMMARY"), named("DTSTART")]),
                components: Components::Named(vec![]),
            }]),
        }
    }

    #[test]
    fn the_object_is_returned_as_it_is_unless_something_is_asked_of_it() {
        let whole = rendered(&DataRequest::default(), 0);
        assert_eq!((whole.text.as_slice(), whole.instances), (TEXT.as_bytes(), 0));
    }

    #[test]
    fn an_expanded_series_is_the_one_of_rfc_4791() {
        let recurrence = Recurrence::Expanded(window());
        let request =
            DataRequest { recurrence, selection: Some(summaries()), ..DataRequest::default() };
        let found = rendered(&request, 10);
        let expected = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20060103T170000Z\r\n\
            SUMMARY:Event #2\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20060104T190000Z\r\n\
            SUMMARY:Event #2 bis\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(String::from_utf8(found.text).unwrap(), expected);
        assert_eq!((found.instances, found.truncated), (2, false));
        assert!(rendered(&request, 1).truncated);
    }

    #[test]
    fn a_limited_series_is_the_one_of_rfc_4791() {
        let recurrence = Recurrence::Limited(window());
        let request =
            DataRequest { recurrence, selection: Some(summaries()), ..DataRequest::default() };
        let expected = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=US/Eastern:20060102T120000\r\n\
            SUMMARY:Event #2\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
            DTSTART;TZID=US/Eastern:20060104T140000\r\nSUMMARY:Event #2 bis\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        assert_eq!(String::from_utf8(rendered(&request, 0).text).unwrap(), expected);
    }

    #[test]
    fn time_zones_are_returned_as_a_client_wishes() {
        let zones_of = |timezones| {
            let request = DataRequest { timezones, ..DataRequest::default() };
            let text = String::from_utf8(rendered(&request, 0).text).unwrap();
            (text.matches("BEGIN:VTIMEZONE").count(), text.matches("TZID=US/Eastern").count())
        };
        assert_eq!(zones_of(Timezones::Stored), (1, 5));
        assert_eq!(zones_of(Timezones::All), (1, 5));
        assert_eq!(zones_of(Timezones::Unknown), (0, 5));
    }
}
