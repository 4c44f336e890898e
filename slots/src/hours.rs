//! Wall-clock rules to UTC: an instant is open if the wall clock at it shows an open minute.
//!
//! This preimage rule needs no special case for daylight saving: a gap makes a
//! window shorter, an overlap gives both passes, a date that is skipped is empty.

use jiff::civil::{Date, Time};
use model::interval::{DAY_S, Interval};
use model::schedule::{DAY_MIN, Schedule};
use model::zone::{Period, Zone, wall, wall_s};

use crate::set::Set;

/// The open hours of `schedule` within `range`.
pub fn open(schedule: &Schedule, zone: &Zone, range: Interval) -> Set {
    open_in(schedule, &zone.periods(range), range)
}

/// The same, where the offsets of `range` are known already.
pub(crate) fn open_in(schedule: &Schedule, periods: &[Period], range: Interval) -> Set {
    let mut spans = Vec::new();
    for period in periods {
        let first_s = period.span.start() + i64::from(period.offset_s);
        let last_s = period.span.end() + i64::from(period.offset_s);
        // A window of the day before may run past midnight.
        let mut date = wall(first_s - DAY_S).date();
        let mut midnight_s = midnight_wall_s(date);
        while midnight_s < last_s {
            let next = date.tomorrow().unwrap_or(date);
            let ends_at_midnight = schedule.is_overridden(next);
            for window in schedule.windows(date) {
                let end_min =
                    if ends_at_midnight { window.end_min.min(DAY_MIN) } else { window.end_min };
                let utc =
                    |minute: u16| midnight_s + i64::from(minute) * 60 - i64::from(period.offset_s);
                let span = Interval::new(utc(window.start_min), utc(end_min));
                spans.extend(span.ok().and_then(|it| it.intersect(period.span)));
            }
            (date, midnight_s) = (next, midnight_s + DAY_S);
        }
    }
    Set::new(spans).clip(range)
}

/// Local midnight of `date`, as the wall clock reads.
fn midnight_wall_s(date: Date) -> i64 {
    wall_s(date.to_datetime(Time::midnight()))
}

/// The instants at which the wall clock shows `date`, with a repeated hour left out at the ends.
pub(crate) fn span_of(date: Date, zone: &Zone) -> Option<Interval> {
    let begin = |date: Date| zone.instant(date.to_datetime(Time::midnight()));
    Interval::new(begin(date), begin(date.tomorrow().ok()?)).ok()
}
