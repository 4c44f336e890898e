//! Dates and times as people read them.

use jiff::civil::{Date, DateTime, Weekday};
use model::interval::{Instant, Interval};
use model::zone::Zone;

/// `Tuesday 3 March 2026`.
pub(crate) fn long_date(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// `March 2026`.
pub(crate) fn month_name(date: Date) -> String {
    date.strftime("%B %Y").to_string()
}

/// `09:30`.
pub(crate) fn time(local: DateTime) -> String {
    local.strftime("%H:%M").to_string()
}

/// `Tuesday 3 March 2026, 09:30 – 10:30 (Europe/Paris, CET)`.
pub(crate) fn span(span: Interval, zone: &Zone) -> String {
    let (start, end) = (zone.local(span.start()), zone.local(span.end()));
    let end_text = if start.date() == end.date() {
        time(end)
    } else {
        format!("{} {}", end.date().strftime("%A"), time(end))
    };
    format!(
        "{}, {} – {end_text} ({}, {})",
        long_date(start.date()),
        time(start),
        zone.name(),
        zone.abbreviation(span.start()),
    )
}

/// `2026-03-03T09:30:00Z`, as forms carry it.
pub(crate) fn utc(at: Instant) -> String {
    Zone::utc().local(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What [`utc`] wrote.
pub(crate) fn instant(text: &str) -> Option<Instant> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// `2026-03`.
pub(crate) fn month_text(date: Date) -> String {
    date.strftime("%Y-%m").to_string()
}

/// The first day of the month that [`month_text`] wrote.
pub(crate) fn month_of(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let year: i16 = year.parse().ok().filter(|it| (1970..=9000).contains(it))?;
    Date::new(year, month.parse().ok()?, 1).ok()
}

/// `1 hour 30 minutes`.
pub(crate) fn length(minutes: i64) -> String {
    let count = |n: i64, what: &str| match n {
        0 => String::new(),
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    let (hours, minutes) = (count(minutes / 60, "hour"), count(minutes % 60, "minute"));
    format!("{hours} {minutes}").trim().to_owned()
}

/// The days of the week, Monday first: short and long names.
pub(crate) fn weekdays() -> Vec<(String, String)> {
    let monday = Date::constant(2026, 3, 2);
    debug_assert_eq!(monday.weekday(), Weekday::Monday);
    let days = (0..7).map(|it| monday.saturating_add(jiff::Span::new().days(it)));
    days.map(|it| (it.strftime("%a").to_string(), it.strftime("%A").to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        let cases =
            [(30, "30 minutes"), (60, "1 hour"), (90, "1 hour 30 minutes"), (1, "1 minute")];
        for (minutes, expected) in cases {
            assert_eq!(length(minutes), expected);
        }
    }

    #[test]
    fn instants_survive_a_form() {
        assert_eq!(instant(&utc(1_800_000_000)), Some(1_800_000_000));
        assert_eq!(instant("tomorrow"), None);
        assert_eq!(month_of("2026-13"), None);
        assert_eq!(month_of("2026-03"), Some(Date::constant(2026, 3, 1)));
    }
}
