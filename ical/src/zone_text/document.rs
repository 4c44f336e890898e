//! The VTIMEZONEs of an object: left out where everybody knows them, or added (RFC 7809).

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use model::limit::OBJECT_ZONES_MAX;
use model::zone::{ZoneDb, wall_s};

use super::{Truncation, vtimezone};
use crate::document::{Component, Document};
use crate::limit::without;

/// The object without the VTIMEZONEs of zones that `zones` has by that name; what clients
/// ask for with `CalDAV-Timezones: F` (RFC 7809 §3.1.3).
///
/// Zones that the object alone describes stay, as do Windows names and the like.
pub fn without_known_timezones(document: &Document, zones: &ZoneDb) -> Vec<u8> {
    let is_known = |it: &Component<'_>| {
        it.is("VTIMEZONE") && it.value("TZID").is_some_and(|tzid| zones.zone(tzid).is_some())
    };
    let known: Vec<Component<'_>> = document.calendar().children().filter(is_known).collect();
    without(document, &known)
}

/// The object with a VTIMEZONE for each zone that it names, where `zones` knows what is
/// meant; what clients ask for with `CalDAV-Timezones: T` (RFC 7809 §3.1.3).
///
/// A VTIMEZONE that we add begins a year before the first time that the object names.
pub fn with_timezones(document: &Document, zones: &ZoneDb) -> Vec<u8> {
    let calendar = document.calendar();
    let mut named = BTreeSet::new();
    let mut first_year = i16::MAX;
    for component in calendar.children() {
        if component.is("VTIMEZONE") {
            continue;
        }
        look(component, &mut named, &mut first_year);
    }
    for known in calendar.children().filter(|it| it.is("VTIMEZONE")) {
        named.remove(known.value("TZID").unwrap_or_default());
    }
    let year = first_year.clamp(1901, 2100) - 1;
    let start = wall_s(DateTime::constant(year, 1, 1, 0, 0, 0, 0));
    let truncation = Truncation { start: Some(start), end: None };
    let mut added = Vec::new();
    let known = named.iter().filter_map(|tzid| Some((tzid, zones.of_tzid(tzid)?)));
    // One zone has thousands of names, if small and capital letters are told apart.
    for (tzid, zone) in known.take(OBJECT_ZONES_MAX) {
        added.extend(vtimezone(&zone, tzid, &truncation));
    }
    let source = document.as_bytes();
    let Some(first) = calendar.children().next() else { return source.to_vec() };
    let at = document.raw(first.begin_line()).start;
    [&source[..at], &added, &source[at..]].concat()
}

/// Collects the zones that a component and those in it name, and the first year.
fn look(component: Component<'_>, named: &mut BTreeSet<String>, first_year: &mut i16) {
    for property in component.properties() {
        let Some(tzid) = property.param("TZID") else { continue };
        named.insert(tzid.trim().to_owned());
        let years = property.value().split([',', '/']).filter_map(|it| it.trim().get(..4));
        let first = years.filter_map(|it| it.parse::<i16>().ok()).min();
        *first_year = first.unwrap_or(i16::MAX).min(*first_year);
    }
    component.children().for_each(|it| look(it, named, first_year));
}
