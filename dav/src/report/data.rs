//! `CALDAV:calendar-data` in a request: which parts of objects, in which form (RFC 4791 §9.6).

use app::{App, Refusal};
use http::StatusCode;
use ical::select::{Components, Named, Properties, Selection, Shown};
use ical::{DataRequest, Document, Recurrence};
use model::limit::XML_MAX_DEPTH;
use model::zone::Zone;

use super::filter;
use crate::admit::Admitted;
use crate::property::calendar::MEDIA_TYPES;
use crate::wire::names::{CALDAV, DAV};
use crate::wire::tree::Element;
use crate::{Answer, media, problem};

/// Parts that one request may name.
const PARTS_MAX: usize = 1_000;

/// What a client wants of each object.
#[derive(Clone, Debug, Default)]
pub(super) struct Data {
    /// Which parts.
    pub(super) request: DataRequest,
    /// The media type, if it was asked for by name.
    pub(super) media_type: Option<&'static str>,
}

impl Data {
    /// Whether objects are wanted as they are stored.
    pub(super) fn is_plain(&self) -> bool {
        self.request == DataRequest::default()
    }

    /// Whether they are wanted as jCal (RFC 7265).
    pub(super) fn is_jcal(&self) -> bool {
        self.media_type == Some(ical::jcal::MEDIA_TYPE)
    }
}

/// What the `DAV:prop` of a report says of `CALDAV:calendar-data`.
///
/// # Errors
///
/// The answer that refuses the request.
pub(super) fn read(request: &Admitted, root: &Element) -> Result<Data, Answer> {
    let mut data = Data::default();
    data.request.timezones = media::timezones(&request.head.headers);
    let prop = root.child(DAV, "prop");
    let Some(element) = prop.and_then(|it| it.child(CALDAV, "calendar-data")) else {
        return Ok(data);
    };
    if let Some(asked) = element.attribute("content-type") {
        data.media_type = Some(media_type(asked, element.attribute("version"))?);
    }
    let mut parts = 0;
    let outer = element.child(CALDAV, "comp");
    data.request.selection = outer.map(|it| selection(it, 0, &mut parts)).transpose()?;
    let expanded = element.child(CALDAV, "expand").map(window).transpose()?;
    let limited = element.child(CALDAV, "limit-recurrence-set").map(window).transpose()?;
    data.request.recurrence = match (expanded, limited) {
        (None, None) => Recurrence::Stored,
        (Some(window), None) => Recurrence::Expanded(window),
        (None, Some(window)) => Recurrence::Limited(window),
        (Some(_), Some(_)) => {
            return Err(bad("expand and limit-recurrence-set exclude each other"));
        }
    };
    let busy = element.child(CALDAV, "limit-freebusy-set");
    data.request.freebusy = busy.map(window).transpose()?;
    Ok(data)
}

/// A media type that can be answered with.
fn media_type(asked: &str, version: Option<&str>) -> Result<&'static str, Answer> {
    let known = MEDIA_TYPES.iter().find(|it| it.eq_ignore_ascii_case(asked.trim()));
    match known.filter(|_| version.is_none_or(|it| it.trim() == "2.0")) {
        Some(known) => Ok(known),
        None => {
            let why = "objects are not to be had in that form";
            let element = "C:supported-calendar-data";
            Err(problem::precondition(StatusCode::FORBIDDEN, element, why))
        }
    }
}

fn window(element: &Element) -> Result<model::interval::Interval, Answer> {
    if element.attribute("start").is_none() || element.attribute("end").is_none() {
        return Err(bad("a window of calendar-data has a start and an end"));
    }
    filter::window(element)
}

/// `CALDAV:comp`.
fn selection(element: &Element, deep: usize, parts: &mut usize) -> Result<Selection, Answer> {
    *parts += element.children.len();
    if deep > XML_MAX_DEPTH || *parts > PARTS_MAX {
        return Err(bad("calendar-data names too many parts"));
    }
    let name = |it: &Element| {
        let name = it.attribute("name").filter(|it| !it.is_empty());
        name.map(str::to_owned).ok_or_else(|| bad("a part of calendar-data has no name"))
    };
    let properties = match element.child(CALDAV, "allprop") {
        Some(_) => Properties::All,
        None => {
            let named = element.all(CALDAV, "prop").map(|it| {
                let is_bare = it.attribute("novalue") == Some("yes");
                let shown = if is_bare { Shown::NoValue } else { Shown::Whole };
                Ok(Named { name: name(it)?, shown })
            });
            Properties::Named(named.collect::<Result<_, Answer>>()?)
        }
    };
    let components = match element.child(CALDAV, "allcomp") {
        Some(_) => Components::All,
        None => {
            let inner = element.all(CALDAV, "comp").map(|it| selection(it, deep + 1, parts));
            Components::Named(inner.collect::<Result<_, Answer>>()?)
        }
    };
    Ok(Selection { name: name(element)?, properties, components })
}

/// The zone of floating times that a query asks for (RFC 4791 §9.8, RFC 7809 §5.1).
pub(super) fn floating(app: &App, root: &Element) -> Result<Option<Zone>, Answer> {
    if let Some(id) = root.child(CALDAV, "timezone-id") {
        let wrong = || {
            let why = "that time zone is not known here";
            problem::precondition(StatusCode::FORBIDDEN, "C:valid-timezone", why)
        };
        return app.zones().zone(id.text.trim()).map(Some).ok_or_else(wrong);
    }
    let Some(timezone) = root.child(CALDAV, "timezone") else { return Ok(None) };
    let wrong = || {
        let why = "CALDAV:timezone is an iCalendar object with one VTIMEZONE";
        problem::precondition(StatusCode::FORBIDDEN, "C:valid-calendar-data", why)
    };
    let document = Document::parse(timezone.text.trim().as_bytes()).map_err(|_| wrong())?;
    app.zone_of(&document).map(Some).ok_or_else(wrong)
}

fn bad(why: &str) -> Answer {
    problem::refused(&Refusal::BadRequest(why.to_owned()))
}
