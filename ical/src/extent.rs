//! Whether an object ends within what the server says that it keeps (RFC 4791 §5.2.7, §5.2.8).

use model::interval::Instant;
use model::limit::{COUNT_MAX, PERIOD_TIMES_MAX};

use crate::document::{Component, Document};
use crate::recur::Rule;
use crate::span::Span;
use crate::validate::{Invalid, Precondition};

/// The last moment that is kept: `99991231T000000Z`.
const LAST: Instant = 253_402_214_400;

/// Refuses what ends after the last time, or has more instances than allowed, altogether or
/// within one period of a rule.
///
/// What is without end has as many instances as anybody asks for, and is kept.
///
/// # Errors
///
/// [`Invalid`] with the limit that it breaks.
pub fn check_extent(document: &Document, span: &Span) -> Result<(), Invalid> {
    let invalid = |precondition, why: &str| Err(Invalid { precondition, why: why.to_owned() });
    document.calendar().children().try_for_each(check_rules)?;
    if span.last > LAST && span.last != Instant::MAX {
        return invalid(Precondition::MaxDateTime, "it ends after 99991231T000000Z");
    }
    let rules = document.calendar().children().flat_map(|it| it.all("RRULE"));
    for part in rules.flat_map(|it| it.value().split(';')) {
        let count = part.split_once('=').filter(|it| it.0.trim().eq_ignore_ascii_case("COUNT"));
        let is_more = count.is_some_and(|it| {
            let digits = it.1.trim().trim_start_matches('0');
            digits.len() > 10 || digits.parse::<u64>().is_ok_and(|it| it > u64::from(COUNT_MAX))
        });
        if is_more {
            return invalid(Precondition::MaxInstances, "it has too many instances");
        }
    }
    Ok(())
}

/// Refuses rules, wherever they stand, of which one period alone is more than anybody can use.
fn check_rules(component: Component<'_>) -> Result<(), Invalid> {
    for property in component.all("RRULE") {
        // One that cannot be read is no matter of how much it makes.
        let times = Rule::parse(property.value()).map_or(0, |it| it.times_per_period());
        if times > PERIOD_TIMES_MAX {
            let why = format!(
                "its recurrence rule makes {times} times in one period; {PERIOD_TIMES_MAX} are allowed"
            );
            return Err(Invalid { precondition: Precondition::MaxInstances, why });
        }
    }
    component.children().try_for_each(check_rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, span};
    use model::zone::{Zone, ZoneDb};

    #[test]
    fn what_lies_beyond_the_limits_breaks_the_one_that_is_its() {
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        let context = Context::new(&zones, &zone);
        let many = format!("DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY;COUNT={}", COUNT_MAX + 1);
        let most = format!("DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY;COUNT={COUNT_MAX}");
        let cases = [
            ("an old one", "DTSTART:00010101T000000Z", None),
            ("a late one", "DTSTART:99991231T000000Z", None),
            ("a later one", "DTSTART:99991231T000001Z", Some(Precondition::MaxDateTime)),
            (
                "a long one",
                "DTSTART:99991230T000000Z\r\nDURATION:P5D",
                Some(Precondition::MaxDateTime),
            ),
            ("the most", most.as_str(), None),
            ("too many", many.as_str(), Some(Precondition::MaxInstances)),
            ("without end", "DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY", None),
        ];
        for (case, lines, expected) in cases {
            let text = format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            let document = Document::parse(text.as_bytes()).unwrap();
            let span = span(&document, &context).unwrap();
            let found = check_extent(&document, &span).err().map(|it| it.precondition);
            assert_eq!(found, expected, "{case}");
        }
    }
}
