//! Time zones as text: a VTIMEZONE for any zone, whole or truncated (RFC 5545 §3.6.5, RFC 7808).

mod document;
mod pattern;

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use model::interval::{DAY_S, Instant, Interval};
use model::zone::{Period, Zone, wall};

use crate::edit::fold;
use crate::freebusy::utc_text;
pub use document::{with_timezones, without_known_timezones};
use pattern::{Pattern, Run};

/// 2110-01-01T00:00:00Z: what still changes by one rule then does so for good.
const HORIZON: Instant = 4_417_977_600;
/// Two years: how far around a window is looked for what comes before and after.
const AROUND_S: u32 = 2 * 366 * 86_400;
/// A clock set forward for longer than this was moved, not set for a summer.
const SUMMER_MAX_S: i64 = 300 * DAY_S;

/// Between which moments a zone is told; the default tells all of it (RFC 7808 §3.9).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Truncation {
    /// The first moment.
    pub start: Option<Instant>,
    /// The first moment that is left out, told as TZUNTIL.
    pub end: Option<Instant>,
}

/// Whether the clock is set forward for a while.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Saving {
    /// It is not.
    Standard,
    /// It is, and will be set back.
    Daylight,
}

impl Saving {
    /// As the observances of RFC 7808 §5.4.1 are called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Daylight => "Daylight",
        }
    }
}

/// When a zone begins to have an offset (RFC 7808 §6.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Observance {
    /// Whether the clock is set forward.
    pub saving: Saving,
    /// The letters people use, such as CEST.
    pub abbreviation: String,
    /// When it begins.
    pub onset: Instant,
    /// Seconds to add to UTC before.
    pub offset_from_s: i32,
    /// Seconds to add to UTC from then on.
    pub offset_to_s: i32,
}

/// The observances of `zone` that begin in `window`, in order (RFC 7808 §5.4).
///
/// The first is the one in effect when the window starts, as though it began there.
pub fn observances(zone: &Zone, window: Interval) -> Vec<Observance> {
    let mut found = onsets(zone, window);
    if found.first().is_none_or(|it| it.onset != window.start()) {
        found.insert(0, in_effect(zone, window.start()));
    }
    found
}

/// The VTIMEZONE component of `zone` under the name `tzid`.
///
/// Where its future follows a rule, an RRULE without an end tells so; where the past
/// followed one for three years or more, an RRULE with an UNTIL does; all else are RDATEs.
pub fn vtimezone(zone: &Zone, tzid: &str, truncation: &Truncation) -> Vec<u8> {
    let start = truncation.start.unwrap_or(Interval::EVER.start());
    let end = truncation.end.unwrap_or(HORIZON).min(HORIZON);
    let mut parts: Vec<Part> = Vec::new();
    let mut changes = Interval::new(start, end).map(|it| onsets(zone, it)).unwrap_or_default();
    if truncation.start.is_some() {
        // RFC 7808 §3.9: exactly one observance begins where the range does.
        let is_onset = changes.first().is_some_and(|it| it.onset == start);
        let first = if is_onset { changes.remove(0) } else { in_effect(zone, start) };
        parts.push(Part::single(&first));
    } else if changes.is_empty() {
        parts.push(Part::single(&in_effect(zone, 0)));
    }
    parts.extend(parts_of(&changes, truncation.end.is_none_or(|it| it >= HORIZON)));
    parts.sort_by_key(|it| it.start);
    let mut out = Vec::with_capacity(160 * parts.len() + 80);
    fold(&mut out, "BEGIN:VTIMEZONE");
    fold(&mut out, &format!("TZID:{}", crate::text::escape(tzid)));
    if let Some(end) = truncation.end {
        fold(&mut out, &format!("TZUNTIL:{}", utc_text(end)));
    }
    for part in &parts {
        part.write(&mut out);
    }
    fold(&mut out, "END:VTIMEZONE");
    out
}

/// A VCALENDAR with nothing but that VTIMEZONE: the answer of a time zone service
/// (RFC 7808 §5.3), and the value of `CALDAV:calendar-timezone` (RFC 4791 §5.2.2).
pub fn calendar(zone: &Zone, tzid: &str, truncation: &Truncation) -> Vec<u8> {
    let mut out = Vec::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bookdav//EN"] {
        fold(&mut out, line);
    }
    out.extend(vtimezone(zone, tzid, truncation));
    fold(&mut out, "END:VCALENDAR");
    out
}

/// The changes of offset in `window`, its start included.
fn onsets(zone: &Zone, window: Interval) -> Vec<Observance> {
    let periods = zone.periods(window.widened(AROUND_S, AROUND_S));
    let mut found = Vec::new();
    for number in 1..periods.len() {
        let (before, period) = (periods[number - 1], periods[number]);
        let onset = period.span.start();
        if window.holds(onset) {
            found.push(Observance {
                saving: saving(before, period, periods.get(number + 1)),
                abbreviation: zone.abbreviation(onset),
                onset,
                offset_from_s: before.offset_s,
                offset_to_s: period.offset_s,
            });
        }
    }
    found
}

/// The observance that lasts at `at`, as though it began there.
fn in_effect(zone: &Zone, at: Instant) -> Observance {
    let around = Interval::from(at, 1).widened(AROUND_S, AROUND_S);
    let periods = zone.periods(around);
    let number = periods.iter().position(|it| it.span.holds(at)).unwrap_or(0);
    let saving = match number.checked_sub(1).map(|it| periods[it]) {
        Some(before) => saving(before, periods[number], periods.get(number + 1)),
        None => Saving::Standard,
    };
    Observance {
        saving,
        abbreviation: zone.abbreviation(at),
        onset: at,
        offset_from_s: zone.offset_s(at - 1),
        offset_to_s: zone.offset_s(at),
    }
}

/// The zone data tells offsets; a summer is when the clock was set forward and is set back.
fn saving(before: Period, period: Period, after: Option<&Period>) -> Saving {
    let is_back = after.is_some_and(|it| it.offset_s < period.offset_s);
    let is_forward = before.offset_s < period.offset_s;
    match is_forward && is_back && period.span.length_s() <= SUMMER_MAX_S {
        true => Saving::Daylight,
        false => Saving::Standard,
    }
}

/// One STANDARD or DAYLIGHT component.
struct Part {
    saving: Saving,
    abbreviation: String,
    offset_from_s: i32,
    offset_to_s: i32,
    start: DateTime,
    rule: Option<String>,
    dates: Vec<DateTime>,
}

impl Part {
    fn new(observance: &Observance, start: DateTime) -> Self {
        Self {
            saving: observance.saving,
            abbreviation: observance.abbreviation.clone(),
            offset_from_s: observance.offset_from_s,
            offset_to_s: observance.offset_to_s,
            start,
            rule: None,
            dates: Vec::new(),
        }
    }

    fn single(observance: &Observance) -> Self {
        Self::new(observance, local_onset(observance))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let name = self.saving.name().to_ascii_uppercase();
        let time = |it: &DateTime| it.strftime("%Y%m%dT%H%M%S").to_string();
        fold(out, &format!("BEGIN:{name}"));
        fold(out, &format!("DTSTART:{}", time(&self.start)));
        fold(out, &format!("TZOFFSETFROM:{}", offset_text(self.offset_from_s)));
        fold(out, &format!("TZOFFSETTO:{}", offset_text(self.offset_to_s)));
        fold(out, &format!("TZNAME:{}", crate::text::escape(&self.abbreviation)));
        if let Some(rule) = &self.rule {
            fold(out, &format!("RRULE:{rule}"));
        }
        for dates in self.dates.chunks(100) {
            let dates: Vec<String> = dates.iter().map(time).collect();
            fold(out, &format!("RDATE:{}", dates.join(",")));
        }
        fold(out, &format!("END:{name}"));
    }
}

/// What the clock shows when the observance begins, which is still by the offset before.
fn local_onset(observance: &Observance) -> DateTime {
    wall(observance.onset + i64::from(observance.offset_from_s))
}

/// The changes as components: those of one kind together, by rule or by date.
fn parts_of(changes: &[Observance], is_endless: bool) -> Vec<Part> {
    let mut kinds: BTreeMap<(Saving, &str, i32, i32), Vec<&Observance>> = BTreeMap::new();
    for it in changes {
        let kind = (it.saving, it.abbreviation.as_str(), it.offset_from_s, it.offset_to_s);
        kinds.entry(kind).or_default().push(it);
    }
    let mut parts = Vec::new();
    for all in kinds.values() {
        let starts: Vec<DateTime> = all.iter().map(|it| local_onset(it)).collect();
        let (runs, mut singles) = pattern::runs(&starts);
        for Run { first, last, pattern } in runs {
            let mut part = Part::new(all[0], starts[first]);
            part.rule = Some(rule(pattern, all[last].onset, is_endless));
            parts.push(part);
        }
        if !singles.is_empty() {
            let mut part = Part::new(all[0], singles.remove(0));
            part.dates = singles;
            parts.push(part);
        }
    }
    parts
}

fn rule(pattern: Pattern, last: Instant, is_endless: bool) -> String {
    let goes_on = is_endless && last >= HORIZON - 366 * DAY_S;
    match goes_on {
        true => pattern.rule(),
        // RFC 5545 §3.3.10: in a time zone, UNTIL is always in UTC.
        false => format!("{};UNTIL={}", pattern.rule(), utc_text(last)),
    }
}

/// `+HHMM`, with seconds only where there are some (RFC 5545 §3.3.14).
fn offset_text(offset_s: i32) -> String {
    let (sign, size) = if offset_s < 0 { ('-', -offset_s) } else { ('+', offset_s) };
    let seconds = match size % 60 {
        0 => String::new(),
        seconds => format!("{seconds:02}"),
    };
    format!("{sign}{:02}{:02}{seconds}", size / 3600, size / 60 % 60)
}

#[cfg(test)]
mod tests;
