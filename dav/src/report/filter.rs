//! `CALDAV:filter` and `CALDAV:time-range` as the use cases understand them.

use app::query::{
    BadFilter, Collation, ComponentFilter, ParamFilter, PropertyFilter, TextMatch, check,
};
use http::StatusCode;
use model::interval::Interval;
use model::limit::{FILTER_TEXT_MAX_BYTES, FILTERS_MAX};

use crate::wire::names::CALDAV;
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, problem};

/// The filter of a `calendar-query` (RFC 4791 §9.7).
pub(super) fn read(root: &Element) -> Result<ComponentFilter, Answer> {
    let filter = root.child(CALDAV, "filter").ok_or_else(|| bad("there is no filter"))?;
    let mut filters = filter.all(CALDAV, "comp-filter");
    let outer = filters.next().ok_or_else(|| bad("the filter is empty"))?;
    if filters.next().is_some() {
        return Err(bad("a filter has one outermost comp-filter"));
    }
    if filters_in(outer) > FILTERS_MAX {
        return Err(bad(&format!("the filter has more than {FILTERS_MAX} parts")));
    }
    let filter = component(outer)?;
    match check(&filter) {
        Ok(()) => Ok(filter),
        Err(BadFilter::Invalid(why)) => Err(bad(&why)),
        Err(bad @ BadFilter::UnsupportedComponent(_)) => Err(unsupported("C:comp-filter", &bad)),
        Err(bad @ BadFilter::UnsupportedProperty(_)) => Err(unsupported("C:prop-filter", &bad)),
    }
}

/// How many filters there are in one, itself included.
fn filters_in(element: &Element) -> usize {
    let names = ["comp-filter", "prop-filter", "param-filter"];
    let inner: usize = element.children.iter().map(filters_in).sum();
    inner + usize::from(names.contains(&element.name.as_str()))
}

/// What nobody can answer, by name (RFC 4791 §7.8).
fn unsupported(element: &str, filter: &BadFilter) -> Answer {
    let (BadFilter::UnsupportedComponent(name)
    | BadFilter::UnsupportedProperty(name)
    | BadFilter::Invalid(name)) = filter;
    let xml = Out::document("D:error", |out| {
        out.element("C:supported-filter", |out| out.empty_with(element, ("name", name)));
    });
    problem::xml(StatusCode::FORBIDDEN, xml)
}

fn component(element: &Element) -> Result<ComponentFilter, Answer> {
    let mut filter = ComponentFilter {
        name: name(element)?,
        is_not_defined: is_not_defined(element),
        window: element.child(CALDAV, "time-range").map(window).transpose()?,
        ..ComponentFilter::default()
    };
    for child in &element.children {
        match child.name.as_str() {
            "comp-filter" => filter.components.push(component(child)?),
            "prop-filter" => filter.properties.push(property(child)?),
            "time-range" | "is-not-defined" => {}
            _ => return Err(bad("the filter has a part that is not known")),
        }
    }
    Ok(filter)
}

fn property(element: &Element) -> Result<PropertyFilter, Answer> {
    Ok(PropertyFilter {
        name: name(element)?,
        is_not_defined: is_not_defined(element),
        window: element.child(CALDAV, "time-range").map(window).transpose()?,
        text: element.child(CALDAV, "text-match").map(text_match).transpose()?,
        params: element.all(CALDAV, "param-filter").map(param).collect::<Result<_, _>>()?,
    })
}

fn param(element: &Element) -> Result<ParamFilter, Answer> {
    Ok(ParamFilter {
        name: name(element)?,
        is_not_defined: is_not_defined(element),
        text: element.child(CALDAV, "text-match").map(text_match).transpose()?,
    })
}

fn text_match(element: &Element) -> Result<TextMatch, Answer> {
    let collation = match element.attribute("collation").map(Collation::named) {
        None => Collation::AsciiCasemap,
        Some(Some(collation)) => collation,
        Some(None) => {
            let why = "the collation is not known";
            let element = "C:supported-collation";
            return Err(problem::precondition(StatusCode::FORBIDDEN, element, why));
        }
    };
    if element.text.len() > FILTER_TEXT_MAX_BYTES {
        return Err(bad("the text that is looked for is too long"));
    }
    let is_negated = element.attribute("negate-condition") == Some("yes");
    Ok(TextMatch { text: element.text.clone(), collation, is_negated })
}

fn name(element: &Element) -> Result<String, Answer> {
    let name = element.attribute("name").filter(|it| !it.is_empty() && it.len() <= 255);
    name.map(str::to_owned).ok_or_else(|| bad("a part of the filter has no name"))
}

fn is_not_defined(element: &Element) -> bool {
    element.child(CALDAV, "is-not-defined").is_some()
}

/// `CALDAV:time-range`, open at one end at most (RFC 4791 §9.9).
pub(super) fn window(element: &Element) -> Result<Interval, Answer> {
    let at = |name| match element.attribute(name) {
        None => Ok(None),
        Some(text) => ical::utc_instant(text)
            .map(Some)
            .ok_or_else(|| bad("a time range is told in UTC, such as 20260101T000000Z")),
    };
    let (start, end) = (at("start")?, at("end")?);
    if start.is_none() && end.is_none() {
        return Err(bad("a time range has a start or an end"));
    }
    let ever = Interval::EVER;
    let window = Interval::new(start.unwrap_or(ever.start()), end.unwrap_or(ever.end()));
    window.map_err(|_| bad("a time range ends after it starts"))
}

fn bad(why: &str) -> Answer {
    problem::precondition(StatusCode::FORBIDDEN, "C:valid-filter", why)
}
