//! Which time an event takes, and the VFREEBUSY text that says so (RFC 4791 §7.10).

use model::interval::{Instant, Interval};
use model::zone::wall;

use crate::document::{Component, Document};
use crate::edit::fold;
use crate::instances::{Clocks, Context, instances};
use crate::moment::Values;
use crate::touch::period;
use crate::validate::Invalid;

/// How surely a time is taken (RFC 5545 §3.2.9, FBTYPE).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Certainty {
    /// It is.
    Busy,
    /// It may be.
    Tentative,
}

/// A span of taken time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Taken {
    /// When.
    pub span: Interval,
    /// How surely.
    pub certainty: Certainty,
}

/// The time that `document` takes in `window`; true beside it if there is more than `max` spans.
///
/// Transparent and cancelled events take none, nor do those that `owner`, an address,
/// has declined, nor those without length; busy times take what they tell.
///
/// # Errors
///
/// [`Invalid`] where a date or a rule cannot be read.
pub fn taken(
    document: &Document,
    window: Interval,
    context: &Context<'_>,
    owner: &str,
    max: usize,
) -> Result<(Vec<Taken>, bool), Invalid> {
    let certainties: Vec<Option<Certainty>> =
        document.calendar().children().map(|it| certainty(it, owner)).collect();
    let all = instances(document, window, context, max)?;
    let spans = all.found.iter().filter_map(|it| {
        let span = Interval::new(it.start, it.end).ok()?;
        Some(Taken { span, certainty: certainties[it.component]? })
    });
    let mut spans: Vec<Taken> = spans.collect();
    let clocks = Clocks::of(document, context);
    for component in document.calendar().children().filter(|it| it.is("VFREEBUSY")) {
        spans.extend(told_in(component, window, &clocks).take(max.saturating_add(1)));
    }
    let is_cut = all.truncated || spans.len() > max;
    Ok((spans, is_cut))
}

/// The times near `window` that a VFREEBUSY tells as taken, by their FBTYPE.
fn told_in<'a>(
    component: Component<'a>,
    window: Interval,
    clocks: &'a Clocks<'a>,
) -> impl Iterator<Item = Taken> + 'a {
    component.all("FREEBUSY").flat_map(move |property| {
        let kind = property.param("FBTYPE").map(|it| it.to_ascii_uppercase());
        let certainty = match kind.as_deref() {
            Some("FREE") => None,
            Some("BUSY-TENTATIVE") => Some(Certainty::Tentative),
            _ => Some(Certainty::Busy),
        };
        let forms = Values::of(property, clocks);
        let spans = property.value().split(',').filter_map(move |it| period(it, &forms, clocks));
        spans
            .filter(move |it| it.overlaps(window))
            .filter_map(move |span| certainty.map(|certainty| Taken { span, certainty }))
    })
}

/// How surely a component takes its time; nothing if it does not.
pub(crate) fn certainty(component: Component<'_>, owner: &str) -> Option<Certainty> {
    let is = |name: &str, value: &str| {
        component.value(name).is_some_and(|it| it.eq_ignore_ascii_case(value))
    };
    let has_declined = || {
        component.all("ATTENDEE").any(|it| {
            let address = it.value().trim();
            let address = address
                .get(..7)
                .filter(|it| it.eq_ignore_ascii_case("mailto:"))
                .map_or(address, |_| &address[7..]);
            !owner.is_empty()
                && address.eq_ignore_ascii_case(owner)
                && it.param("PARTSTAT").is_some_and(|it| it.eq_ignore_ascii_case("DECLINED"))
        })
    };
    let is_free = !component.is("VEVENT")
        || is("TRANSP", "TRANSPARENT")
        || is("STATUS", "CANCELLED")
        || has_declined();
    match is_free {
        true => None,
        false if is("STATUS", "TENTATIVE") => Some(Certainty::Tentative),
        false => Some(Certainty::Busy),
    }
}

/// The VCALENDAR with one VFREEBUSY that tells `taken`, in any order, for `window`.
pub fn text(window: Interval, taken: &[Taken], now: Instant) -> Vec<u8> {
    stamped(&told(window, taken), now)
}

/// The text of [`text`] from what it says whenever it is asked, as [`told`] says it.
pub fn stamped(told: &[u8], now: Instant) -> Vec<u8> {
    let mut out = Vec::with_capacity(128 + told.len());
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bookdav//EN", "BEGIN:VFREEBUSY"] {
        fold(&mut out, line);
    }
    fold(&mut out, &format!("DTSTAMP:{}", utc_text(now)));
    out.extend_from_slice(told);
    out
}

/// What a VFREEBUSY for `window` says after the moment at which it was made.
pub fn told(window: Interval, taken: &[Taken]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + taken.len() * 34);
    fold(&mut out, &format!("DTSTART:{}", utc_text(window.start())));
    fold(&mut out, &format!("DTEND:{}", utc_text(window.end())));
    let mut busy: Vec<Interval> = Vec::new();
    for (certainty, name) in
        [(Certainty::Busy, "FREEBUSY:"), (Certainty::Tentative, "FREEBUSY;FBTYPE=BUSY-TENTATIVE:")]
    {
        let of_it = taken.iter().filter(|it| it.certainty == certainty);
        let merged = merged(of_it.filter_map(|it| it.span.intersect(window)).collect());
        // What is busy for certain is not told as tentative once more.
        let told = if certainty == Certainty::Busy { merged } else { without(&merged, &busy) };
        for span in &told {
            fold(&mut out, &format!("{name}{}/{}", utc_text(span.start()), utc_text(span.end())));
        }
        busy.extend(told);
    }
    for line in ["END:VFREEBUSY", "END:VCALENDAR"] {
        fold(&mut out, line);
    }
    out
}

/// The same time as spans that neither overlap nor touch.
fn merged(mut spans: Vec<Interval>) -> Vec<Interval> {
    spans.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start() <= last.end() => {
                let end = last.end().max(span.end());
                *last = Interval::new(last.start(), end).unwrap_or(*last);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// What is left of `spans` outside of `cuts`, which are sorted and disjoint.
fn without(spans: &[Interval], cuts: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::new();
    for span in spans {
        let mut from = span.start();
        let first = cuts.partition_point(|it| it.end() <= span.start());
        for cut in cuts[first..].iter().take_while(|it| it.start() < span.end()) {
            left.extend(Interval::new(from, cut.start()));
            from = from.max(cut.end());
        }
        left.extend(Interval::new(from, span.end()));
    }
    left
}

/// `YYYYMMDDTHHMMSSZ`.
pub fn utc_text(at: Instant) -> String {
    let mut out = Vec::with_capacity(16);
    put_utc(&mut out, at);
    String::from_utf8(out).unwrap_or_default()
}

/// Adds what [`utc_text`] makes of a moment.
pub(crate) fn put_utc(out: &mut Vec<u8>, at: Instant) {
    let local = wall(at);
    let (date, time) = (local.date(), local.time());
    let year = date.year().unsigned_abs();
    let pair = |number: u16| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
    let small = |number: i8| pair(u16::from(number.unsigned_abs()));
    let [century, of_century] = [pair(year / 100), pair(year % 100)];
    let [month, day] = [small(date.month()), small(date.day())];
    let [hour, minute, second] = [small(time.hour()), small(time.minute()), small(time.second())];
    for digits in [century, of_century, month, day] {
        out.extend_from_slice(&digits);
    }
    out.push(b'T');
    for digits in [hour, minute, second] {
        out.extend_from_slice(&digits);
    }
    out.push(b'Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_time_is_merged_and_wins_over_tentative_time() {
        let span = |start: i64, end: i64| Interval::new(start * 3600, end * 3600).unwrap();
        let of = |start, end, certainty| Taken { span: span(start, end), certainty };
        let taken = [
            of(3, 5, Certainty::Busy),
            of(1, 2, Certainty::Busy),
            of(2, 3, Certainty::Busy),
            of(4, 7, Certainty::Tentative),
        ];
        let text = String::from_utf8(text(span(0, 6), &taken, 0)).unwrap();
        let told: Vec<&str> = text.lines().filter(|it| it.starts_with("FREEBUSY")).collect();
        assert_eq!(
            told,
            [
                "FREEBUSY:19700101T010000Z/19700101T050000Z",
                "FREEBUSY;FBTYPE=BUSY-TENTATIVE:19700101T050000Z/19700101T060000Z",
            ]
        );
    }
}
