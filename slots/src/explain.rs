//! Why a time cannot be booked, for each time and for each day.

use jiff::civil::Date;
use model::interval::{Instant, Interval};
use model::zone::Zone;

use crate::busy::{Busy, Kind};
use crate::grid::Grid;
use crate::hours;
use crate::question::{Question, local_day};

/// A rule that stands against a time, in the order in which rules are told.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// It has gone by.
    Past,
    /// It is sooner than the notice allows (R5).
    BeforeNotice,
    /// It is later than the booking window (R6).
    AfterWindow,
    /// It is earlier than the booking window (R6).
    BeforeWindow,
    /// The host offers no hours then.
    NoServiceHours,
    /// The host closed this date (R2).
    OverrideClosed,
    /// The clock is set forward over these hours.
    DstGap,
    /// The calendar of the zone skips this date.
    DateSkipped,
    /// The meeting would last beyond the open hours (R3).
    DoesNotFit,
    /// Nothing starts at this minute.
    OffGrid,
    /// Somebody has booked it.
    Booked,
    /// It is too close to another meeting (R4).
    Buffer,
    /// Somebody is booking it right now (R11).
    Held,
    /// The host has something else then.
    CalendarConflict,
    /// The host may have something else then.
    Tentative,
    /// The day has all the bookings it may have (R7).
    LimitDay,
    /// The notice is longer than the window (R6).
    ConfigEmpty,
}

/// Every rule that stands against `start`, in order; none if it can be booked.
pub fn check(question: &Question<'_>, start: Instant) -> Vec<Reason> {
    let mut reasons = Vec::new();
    about_the_date(question, start, &mut reasons);
    about_the_hours(question, start, &mut reasons);
    about_busy_time(question, start, &mut reasons);
    let full = |max| question.full_days(max).any(|day| is_on(question.zone, start, day));
    if question.event_type.max_per_day.is_some_and(full) {
        reasons.push(Reason::LimitDay);
    }
    if question.is_never() {
        reasons.push(Reason::ConfigEmpty);
    }
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

fn is_on(zone: &Zone, start: Instant, day: i64) -> bool {
    day == i64::MIN || local_day(zone, start) == day
}

/// Past, notice and window.
fn about_the_date(question: &Question<'_>, start: Instant, reasons: &mut Vec<Reason>) {
    if start < question.now {
        reasons.push(Reason::Past);
    }
    if question.event_type.notice_s > 0 && start < question.earliest() {
        reasons.push(Reason::BeforeNotice);
    }
    let window = question.window();
    if window.is_none_or(|it| it.end() <= start) {
        reasons.push(Reason::AfterWindow);
    }
    if window.is_some_and(|it| start < it.start()) {
        reasons.push(Reason::BeforeWindow);
    }
}

/// Open hours, fit and grid.
fn about_the_hours(question: &Question<'_>, start: Instant, reasons: &mut Vec<Reason>) {
    let meeting = Interval::from(start, question.duration_s);
    let open = hours::open(question.schedule, question.zone, meeting);
    if !open.holds(start) {
        let date = question.zone.local(start).date();
        let closed = question.schedule.overrides.get(&date).is_some_and(Vec::is_empty);
        reasons.push(if closed { Reason::OverrideClosed } else { Reason::NoServiceHours });
    } else if !open.covers(meeting) {
        reasons.push(Reason::DoesNotFit);
    }
    let periods = question.zone.periods(Interval::from(start, 1));
    let grid = Grid::new(question.event_type.step_min);
    if !periods.iter().all(|period| grid.allows(start, period)) {
        reasons.push(Reason::OffGrid);
    }
}

/// Bookings, holds and calendar events, with their buffers.
fn about_busy_time(question: &Question<'_>, start: Instant, reasons: &mut Vec<Reason>) {
    let meeting = Interval::from(start, question.duration_s);
    let (before_s, after_s) = (question.event_type.before_s, question.event_type.after_s);
    for busy in question.busy.iter().filter(|it| it.blocks(meeting, before_s, after_s)) {
        reasons.push(match busy.kind {
            _ if !busy.span.overlaps(meeting) => Reason::Buffer,
            Kind::Booked => Reason::Booked,
            Kind::Held => Reason::Held,
            Kind::Calendar => Reason::CalendarConflict,
            Kind::Tentative => Reason::Tentative,
        });
    }
}

/// The reason that covers most of the service time lost on `date`; ties go by order.
pub(crate) fn day_reason(question: &Question<'_>, date: Date) -> Reason {
    if question.is_never() {
        return Reason::ConfigEmpty;
    }
    let Some(day) = question.day(date) else { return Reason::DateSkipped };
    let windows = question.schedule.windows(date);
    let open = hours::open(question.schedule, question.zone, day);
    if open.is_empty() {
        return match windows.is_empty() {
            true if question.schedule.is_overridden(date) => Reason::OverrideClosed,
            true => Reason::NoServiceHours,
            false => Reason::DstGap,
        };
    }
    // Only what is near the day can stand against it.
    let wide = day.widened(2 * 86_400, 2 * 86_400);
    let near: Vec<Busy> =
        question.busy.iter().filter(|it| it.span.overlaps(wide)).copied().collect();
    let question = &Question { busy: &near, ..*question };
    let mut lost: Vec<(Reason, usize)> = Vec::new();
    let grid = Grid::new(question.event_type.step_min);
    for period in question.zone.periods(day) {
        for span in open.iter().filter_map(|it| it.intersect(period.span)) {
            let mut at = grid.at_or_after(span.start(), &period);
            while at < span.end() {
                for reason in check(question, at) {
                    match lost.iter_mut().find(|(it, _)| *it == reason) {
                        Some((_, count)) => *count += 1,
                        None => lost.push((reason, 1)),
                    }
                }
                at = grid.at_or_after(at + 1, &period);
            }
        }
    }
    lost.sort_unstable_by_key(|&(reason, count)| (std::cmp::Reverse(count), reason));
    lost.first().map_or(Reason::DoesNotFit, |(reason, _)| *reason)
}
