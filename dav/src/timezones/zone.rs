//! `get` and `expand`: the rules of one zone (RFC 7808 §5.3, §5.4).

use crate::body::Body;
use app::{App, PublishedZone};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, header};
use ical::zone_text::{Observance, Truncation, observances as changes};
use ical::{Document, jcal};
use jiff::Timestamp;
use model::interval::{DAY_S, Instant, Interval};
use model::limit::ZONE_YEARS_MAX;
use serde_json::{Value, json};

use super::trouble::Trouble;
use super::{DAY, json, list, tagged};
use crate::Answer;
use crate::query::Query;

/// How a zone can be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Format {
    Calendar,
    Jcal,
}

/// The zone as a calendar.
pub(super) fn data(app: &App, head: &Parts, tzid: &str, query: &Query) -> Result<Answer, Trouble> {
    let zone = app.published_zones().find(tzid).ok_or(Trouble::TzidNotFound)?;
    let start = moment(query, "start", Trouble::InvalidStart)?;
    let end = moment(query, "end", Trouble::InvalidEnd)?;
    let (from, until) = (Interval::EVER.start(), Interval::EVER.end());
    if start.is_some_and(|it| it < from || it >= until) {
        return Err(Trouble::InvalidStart);
    }
    if end.is_some_and(|it| it <= start.unwrap_or(from) || it > until) {
        return Err(Trouble::InvalidEnd);
    }
    let truncation = Truncation { start, end };
    let format = format(&head.headers)?;
    let (etag, kind) = match format {
        Format::Calendar => (zone.etag.clone(), "text/calendar; charset=utf-8"),
        // Another representation has another tag (RFC 9110 §8.8.3).
        Format::Jcal => (format!("{}-j", zone.etag), jcal::MEDIA_TYPE),
    };
    let mut answer = tagged(head, &etag, || {
        let text = told(zone, &truncation, format);
        let mut answer = Response::new(Body::from(text));
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    });
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(answer)
}

fn told(zone: &PublishedZone, truncation: &Truncation, format: Format) -> Vec<u8> {
    let text = zone.text(truncation);
    match format {
        Format::Calendar => text,
        // What we wrote ourselves can be read.
        Format::Jcal => Document::parse(&text).map(|it| jcal::to_jcal(&it)).unwrap_or_default(),
    }
}

/// The format that a client likes best; calendars if it does not say (RFC 7808 §5.3).
fn format(headers: &HeaderMap) -> Result<Format, Trouble> {
    let lines: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok()).collect();
    let text = lines.join(",");
    if text.trim().is_empty() {
        return Ok(Format::Calendar);
    }
    let liking = |kind: &str, family: &str| {
        let found = text.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next()?.to_ascii_lowercase();
            let rank = [kind, family, "*/*"].iter().position(|it| *it == name)?;
            let weight = parts.find_map(|it| it.strip_prefix("q=")?.trim().parse::<f32>().ok());
            Some((rank, weight.unwrap_or(1.0)))
        });
        // The closest range counts (RFC 9110 §12.5.1).
        found.min_by_key(|it| it.0).map_or(0.0, |it| it.1)
    };
    let calendar = liking("text/calendar", "text/*");
    let jcal = liking(jcal::MEDIA_TYPE, "application/*");
    match calendar.max(jcal) > 0.0 {
        true if calendar >= jcal => Ok(Format::Calendar),
        true => Ok(Format::Jcal),
        false => Err(Trouble::InvalidFormat),
    }
}

/// When the zone's offset changes, and to what.
pub(super) fn observances(
    app: &App,
    head: &Parts,
    tzid: &str,
    query: &Query,
) -> Result<Answer, Trouble> {
    let zone = app.published_zones().find(tzid).ok_or(Trouble::TzidNotFound)?;
    let start = moment(query, "start", Trouble::InvalidStart)?.ok_or(Trouble::InvalidStart)?;
    let end = moment(query, "end", Trouble::InvalidEnd)?.ok_or(Trouble::InvalidEnd)?;
    if !Interval::EVER.holds(start) {
        return Err(Trouble::InvalidStart);
    }
    if end > Interval::EVER.end() {
        return Err(Trouble::InvalidEnd);
    }
    let last = end.min(start + ZONE_YEARS_MAX * 366 * DAY_S);
    let window = Interval::new(start, last).map_err(|_| Trouble::InvalidEnd)?;
    Ok(tagged(head, &zone.etag, || {
        let found: Vec<Value> = changes(&zone.zone, window).iter().map(observance).collect();
        let mut told = json!({
            "dtstamp": list::modified(app.zones().version()),
            "tzid": zone.name,
            "observances": found,
        });
        if last < end {
            // RFC 7808 §5.4: where it was cut.
            told["end"] = utc(last).into();
        }
        json(&told, DAY)
    }))
}

fn observance(it: &Observance) -> Value {
    json!({
        "name": it.saving.name(),
        "onset": utc(it.onset),
        "utc-offset-from": it.offset_from_s,
        "utc-offset-to": it.offset_to_s,
    })
}

/// The moment that a parameter names, in UTC (RFC 3339 §5.6); `bad` if it cannot be read.
fn moment(query: &Query, name: &str, bad: Trouble) -> Result<Option<Instant>, Trouble> {
    let Some(text) = query.once(name, bad)? else { return Ok(None) };
    if !text.ends_with(['Z', 'z']) || text.starts_with(['-', '+']) {
        return Err(bad);
    }
    let at: Timestamp = text.parse().map_err(|_| bad)?;
    Ok(Some(at.as_second()))
}

fn utc(at: Instant) -> String {
    Timestamp::from_second(at).unwrap_or_default().to_string()
}
