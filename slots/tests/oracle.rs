//! The engine finds what counting the minutes one by one finds.

mod plan;
mod setting;

use jiff::civil::Date;
use model::interval::{Instant, Interval};
use model::zone::Zone;
use plan::{DAYS, Plan, Taken, Until, plans, taken};
use proptest::prelude::*;
use setting::{DAY_S, after, interval, midnight, tries};

/// What a property answers: nothing, or the input that breaks it.
type Tried = Result<(), TestCaseError>;

proptest! {
    #![proptest_config(tries(128))]

    #[test]
    fn open_time_is_every_minute_whose_wall_clock_lies_in_a_window(plan in plans()) {
        open_time_is_counted(&plan)?;
    }

    #[test]
    fn starts_are_those_found_by_counting_minutes(plan in plans(), shift_s in 0i64..86_400) {
        starts_are_counted(&plan, plan.range(shift_s))?;
    }
}

proptest! {
    // 1440 checks for each try.
    #![proptest_config(tries(32))]

    #[test]
    fn the_check_accepts_exactly_the_starts_that_were_listed(
        plan in plans(),
        n in 0..i64::from(DAYS),
    ) {
        check_agrees_with_list(&plan, midnight(plan.first) + n * DAY_S)?;
    }
}

proptest! {
    #![proptest_config(tries(64))]

    #[test]
    fn more_busy_time_never_adds_a_start(plan in plans(), more in taken()) {
        let mut fuller = plan.clone();
        let begin = midnight(plan.first);
        fuller.busy.push(Taken { start: more.start + begin, end: more.end + begin, ..more });
        only_takes_away(&plan, &fuller)?;
    }

    #[test]
    fn wider_buffers_never_add_a_start(plan in plans(), wider_s in (0u32..7_200, 0u32..7_200)) {
        let mut wider = plan.clone();
        wider.terms.before_s += wider_s.0;
        wider.terms.after_s += wider_s.1;
        only_takes_away(&plan, &wider)?;
        for it in &mut wider.busy {
            it.before_s += wider_s.1;
            it.after_s += wider_s.0;
        }
        only_takes_away(&plan, &wider)?;
    }

    #[test]
    fn a_longer_notice_never_adds_a_start(plan in plans(), longer_s in 0u32..259_200) {
        let mut later = plan.clone();
        later.terms.notice_s += longer_s;
        only_takes_away(&plan, &later)?;
    }

    #[test]
    fn two_ranges_side_by_side_give_what_the_whole_gives(plan in plans(), cut_s in 1i64..432_000) {
        halves_make_the_whole(&plan, cut_s)?;
    }

    #[test]
    fn days_hold_the_starts_of_their_local_date(plan in plans()) {
        days_group_starts(&plan)?;
    }

    #[test]
    fn next_is_the_beginning_of_all_that_follows(
        plan in plans(),
        from_s in -86_400i64..518_400,
        n in 0usize..8,
    ) {
        next_begins_the_list(&plan, midnight(plan.first) + from_s, n)?;
    }
}

fn open_time_is_counted(plan: &Plan) -> Tried {
    let setting = plan.setting();
    let range = plan.range(0);
    let open = setting.open(range);
    let mut total_s = 0;
    for minute in minutes(&setting.zone, range) {
        if minute.at >= range.end() {
            break;
        }
        let expected = is_open(plan, &minute);
        total_s += if expected { 60 } else { 0 };
        let found = open.covers(interval(minute.at, minute.at + 60));
        prop_assert_eq!(found, expected, "{} minute {}", minute.date, minute.of_day);
    }
    prop_assert_eq!(open.total_s(), total_s);
    Ok(())
}

fn starts_are_counted(plan: &Plan, range: Interval) -> Tried {
    let setting = plan.setting();
    let found = setting.starts(range);
    let expected = counted(plan, &setting.zone, range);
    prop_assert_eq!(found, expected);
    Ok(())
}

fn check_agrees_with_list(plan: &Plan, from: Instant) -> Tried {
    let setting = plan.setting();
    let listed = setting.starts(interval(from, from + DAY_S));
    for start in (from..from + DAY_S).step_by(60) {
        let reasons = setting.check(start);
        let is_listed = listed.binary_search(&start).is_ok();
        prop_assert_eq!(reasons.is_empty(), is_listed, "at {}: {:?}", start, reasons);
    }
    Ok(())
}

fn only_takes_away(plan: &Plan, stricter: &Plan) -> Tried {
    let all = plan.setting().starts(plan.range(0));
    let left = stricter.setting().starts(plan.range(0));
    let added: Vec<&Instant> = left.iter().filter(|it| !all.contains(it)).collect();
    prop_assert!(added.is_empty(), "added: {:?}", added);
    Ok(())
}

fn halves_make_the_whole(plan: &Plan, cut_s: i64) -> Tried {
    let setting = plan.setting();
    let whole = plan.range(0);
    let cut = whole.start() + cut_s;
    let mut halves = setting.starts(interval(whole.start(), cut));
    halves.extend(setting.starts(interval(cut, whole.end())));
    prop_assert_eq!(halves, setting.starts(whole));
    Ok(())
}

fn days_group_starts(plan: &Plan) -> Tried {
    let setting = plan.setting();
    let last = after(plan.first, DAYS - 1);
    let wide = interval(midnight(plan.first) - DAY_S, midnight(last) + 2 * DAY_S);
    let listed = setting.starts(wide);
    let days = slots::days(&setting.question(), plan.first, last);
    let dates: Vec<Date> = days.iter().map(|it| it.date).collect();
    prop_assert_eq!(dates, (0..DAYS).map(|n| after(plan.first, n)).collect::<Vec<_>>());
    for day in &days {
        let is_of_day = |it: &&Instant| setting.zone.local(**it).date() == day.date;
        let expected: Vec<Instant> = listed.iter().filter(is_of_day).copied().collect();
        prop_assert_eq!(&day.starts, &expected, "{}", day.date);
        prop_assert_eq!(day.reason.is_some(), expected.is_empty(), "{}", day.date);
    }
    Ok(())
}

fn next_begins_the_list(plan: &Plan, from: Instant, n: usize) -> Tried {
    let setting = plan.setting();
    let end = midnight(last_date(plan, &setting.zone)) + 2 * DAY_S;
    let mut expected = setting.starts(interval(from, end.max(from + 1)));
    expected.truncate(n);
    prop_assert_eq!(slots::next(&setting.question(), from, n), expected);
    Ok(())
}

/// One minute of UTC time with what the wall clock shows while it lasts.
struct Minute {
    at: Instant,
    date: Date,
    of_day: i64,
}

/// Each whole minute of `range`, and of the three hours after it.
///
/// Clocks are read at every quarter of an hour: in these zones and years they
/// are changed only then.
fn minutes(zone: &Zone, range: Interval) -> Vec<Minute> {
    let first = range.start().div_euclid(900) * 900;
    let mut minutes = Vec::new();
    for quarter in (first..range.end() + 3 * 3_600 + 900).step_by(900) {
        let shown = zone.local(quarter);
        let of_day = i64::from(shown.hour()) * 60 + i64::from(shown.minute());
        let date = shown.date();
        minutes.extend((0..15).map(|n| Minute { at: quarter + n * 60, date, of_day: of_day + n }));
    }
    minutes
}

/// The bookable starts in `range`, straight from the rules.
fn counted(plan: &Plan, zone: &Zone, range: Interval) -> Vec<Instant> {
    let minutes = minutes(zone, range);
    let open: Vec<bool> = minutes.iter().map(|minute| is_open(plan, minute)).collect();
    let meetings = open.windows(usize::from(plan.terms.duration_min));
    let mut starts = Vec::new();
    for (minute, meeting) in minutes.iter().zip(meetings) {
        let is_asked = range.start() <= minute.at && minute.at < range.end();
        let fits = meeting.iter().all(|is_open| *is_open);
        if is_asked && fits && is_allowed(plan, zone, minute) {
            starts.push(minute.at);
        }
    }
    starts
}

/// Whether the wall clock shows a time of a window of its date, or of one that the night before
/// left open (R2: a date with an override begins closed).
fn is_open(plan: &Plan, minute: &Minute) -> bool {
    let shows = |date: Date, of_day: i64| {
        let mut windows = plan.hours(date).iter();
        windows.any(|&(start, end)| i64::from(start) <= of_day && of_day < i64::from(end))
    };
    let is_overridden = plan.overrides.contains_key(&minute.date);
    shows(minute.date, minute.of_day)
        || !is_overridden && shows(after(minute.date, -1), minute.of_day + 1_440)
}

/// Every rule but that of the hours.
fn is_allowed(plan: &Plan, zone: &Zone, minute: &Minute) -> bool {
    let is_on_grid = minute.of_day % i64::from(plan.terms.step_min) == 0;
    let is_in_time = minute.at >= plan.now + i64::from(plan.terms.notice_s);
    let is_in_window = match plan.until {
        Until::Rolling(_) => minute.date <= last_date(plan, zone),
        Until::Range(first, last) => first <= minute.date && minute.date <= last,
    };
    is_on_grid
        && is_in_time
        && is_in_window
        && !plan.busy.iter().any(|it| is_too_near(plan, it, minute.at))
        && plan.terms.max_per_day.is_none_or(|max| starts_that_count(plan, zone, minute.date) < max)
}

/// Whether a meeting at `start` meets `it`, or leaves less than the larger of the two buffers (R4).
fn is_too_near(plan: &Plan, it: &Taken, start: Instant) -> bool {
    let end = start + i64::from(plan.terms.duration_min) * 60;
    if it.end <= start {
        start - it.end < i64::from(it.after_s.max(plan.terms.before_s))
    } else if end <= it.start {
        it.start - end < i64::from(plan.terms.after_s.max(it.before_s))
    } else {
        true
    }
}

/// How many bookings of that local date count toward the limit (R7).
fn starts_that_count(plan: &Plan, zone: &Zone, date: Date) -> u16 {
    let counts = |it: &&Taken| it.counts && zone.local(it.start).date() == date;
    plan.busy.iter().filter(counts).map(|_| 1).sum()
}

/// The last local date on which a meeting may start (R6).
fn last_date(plan: &Plan, zone: &Zone) -> Date {
    match plan.until {
        Until::Rolling(days) => after(zone.local(plan.now).date(), i32::from(days)),
        Until::Range(_, last) => last,
    }
}
