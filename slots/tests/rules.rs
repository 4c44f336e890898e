//! Each rule of the slot engine, in small weeks whose answers can be read off.

mod setting;

use model::event_type::BookingWindow;
use setting::{BOOKABLE, MONDAY, NONE, Setting, clock, day, interval, span, utc};
use slots::{Busy, Kind, Reason};

// R2: overrides and windows past midnight.

#[test]
fn an_override_replaces_the_whole_local_date_and_no_other() {
    let mut setting = Setting::office();
    setting.event_type.step_min = 60;
    setting.override_on("2026-06-02", "19:00-21:00");
    assert_eq!(setting.starts_on(MONDAY), "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00");
    assert_eq!(setting.starts_on("2026-06-02"), "19:00 20:00");
    assert_eq!(setting.starts_on("2026-06-03"), setting.starts_on(MONDAY));
}

#[test]
fn an_override_is_of_the_date_in_the_zone_of_the_schedule() {
    let mut setting = Setting::new("Pacific/Auckland", utc("2026-05-30T00:00Z"));
    setting.event_type.step_min = 60;
    setting.every_day("08:00-10:00");
    setting.override_on("2026-06-02", "");
    let june_1_and_3 = ["2026-05-31T20:00Z", "2026-05-31T21:00Z", "2026-06-02T20:00Z"].map(utc);
    let range = interval(utc("2026-05-31T12:00Z"), utc("2026-06-02T21:00Z"));
    assert_eq!(setting.starts(range), june_1_and_3);
}

#[test]
fn a_window_past_midnight_belongs_to_the_date_on_which_it_begins() {
    let rows = [
        ("the next date has no hours", "", "", "22:00 22:30 23:00 23:30", "00:00 00:30 01:00"),
        ("the date itself is closed", "2026-06-01", "", "", ""),
        ("the next date is closed", "2026-06-02", "", "22:00 22:30 23:00", ""),
        ("the next date differs", "2026-06-02", "00:30-02:00", "22:00 22:30 23:00", "00:30 01:00"),
        ("the next date goes on", "2026-06-02", "00:00-01:00", "22:00 22:30 23:00 23:30", "00:00"),
        ("the date itself differs", "2026-06-01", "23:00-25:00", "23:00 23:30", "00:00"),
        ("the eve is closed", "2026-05-31", "", "22:00 22:30 23:00 23:30", "00:00 00:30 01:00"),
    ];
    for (case, date, hours, monday, tuesday) in rows {
        let mut setting = Setting::new("UTC", utc("2026-05-30T00:00Z"));
        setting.weekday_of(MONDAY, "22:00-26:00");
        if !date.is_empty() {
            setting.override_on(date, hours);
        }
        assert_eq!(setting.starts_on(MONDAY), monday, "{case}");
        assert_eq!(setting.starts_on("2026-06-02"), tuesday, "{case}");
    }
}

// R3: fit.

#[test]
fn windows_that_touch_or_overlap_are_one() {
    let rows = [
        ("touching", "09:00-10:30 10:30-12:00", "09:00 09:30 10:00 10:30 11:00"),
        ("given backward", "10:30-12:00 09:00-10:30", "09:00 09:30 10:00 10:30 11:00"),
        ("overlapping", "09:00-11:00 10:00-12:00", "09:00 09:30 10:00 10:30 11:00"),
        ("a minute apart", "09:00-10:30 10:31-12:00", "09:00 09:30 11:00"),
        ("each too short alone", "09:00-09:30 09:30-10:00", "09:00"),
        ("too short", "09:00-09:59", ""),
        ("just long enough", "09:00-10:00", "09:00"),
    ];
    for (case, hours, expected) in rows {
        let mut setting = Setting::office();
        setting.weekday_of(MONDAY, hours);
        assert_eq!(setting.starts_on(MONDAY), expected, "{case}");
    }
}

#[test]
fn windows_that_touch_at_midnight_are_one() {
    let mut setting = Setting::new("Europe/Paris", utc("2026-05-30T00:00Z"));
    setting.weekday_of(MONDAY, "22:30-24:00");
    setting.weekday_of("2026-06-02", "00:00-01:00");
    assert_eq!(setting.starts_on(MONDAY), "22:30 23:00 23:30");
    assert_eq!(setting.starts_on("2026-06-02"), "00:00");
}

#[test]
fn a_range_asks_for_starts_and_lets_the_last_meeting_end_after_it() {
    let setting = Setting::office();
    let starts = setting.starts(span("09:30-10:30"));
    assert_eq!(starts, ["09:30", "10:00"].map(clock));
    assert_eq!(setting.starts(span("09:30:01-10:30:01")), ["10:00", "10:30"].map(clock));
}

#[test]
fn the_grid_begins_anew_at_each_local_midnight() {
    let mut setting = Setting::new("Asia/Kathmandu", utc("2026-05-30T00:00Z"));
    setting.event_type.step_min = 50;
    setting.every_day("00:00-02:00 22:00-24:00");
    assert_eq!(setting.starts_on(MONDAY), "00:00 00:50 22:30 23:20");
    assert_eq!(setting.starts_on("2026-06-02"), "00:00 00:50 22:30 23:20");
}

// R4: buffers.

/// Minutes to keep free before and after.
type Buffers = (u32, u32);

/// What is busy, what is asked, and the hour-long starts left from 08:00 to 14:00.
struct BufferRow {
    case: &'static str,
    busy: &'static [(Kind, &'static str, Buffers)],
    asked: Buffers,
    starts: &'static str,
}

const BUFFER_ROWS: &[BufferRow] = &[
    BufferRow {
        case: "no buffers at all",
        busy: &[(Kind::Booked, "10:00-11:00", (0, 0))],
        asked: (0, 0),
        starts: "08:00 08:15 08:30 08:45 09:00 11:00 11:15 11:30 11:45 12:00 12:15 12:30 12:45 \
                 13:00",
    },
    BufferRow {
        case: "15 minutes on both sides of both, not added up",
        busy: &[(Kind::Booked, "10:00-11:00", (15, 15))],
        asked: (15, 15),
        starts: "08:00 08:15 08:30 08:45 11:15 11:30 11:45 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "only the booking has buffers",
        busy: &[(Kind::Booked, "10:00-11:00", (15, 15))],
        asked: (0, 0),
        starts: "08:00 08:15 08:30 08:45 11:15 11:30 11:45 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "a calendar event has none, the meeting brings its own",
        busy: &[(Kind::Calendar, "10:00-11:00", (0, 0))],
        asked: (15, 15),
        starts: "08:00 08:15 08:30 08:45 11:15 11:30 11:45 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "a hold keeps its distance like a booking",
        busy: &[(Kind::Held, "10:00-11:00", (15, 15))],
        asked: (15, 15),
        starts: "08:00 08:15 08:30 08:45 11:15 11:30 11:45 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "an hour on both sides",
        busy: &[(Kind::Booked, "11:00-12:00", (60, 60))],
        asked: (60, 60),
        starts: "08:00 08:15 08:30 08:45 09:00 13:00",
    },
    BufferRow {
        case: "30 minutes after the first, 45 before the second: 45",
        busy: &[(Kind::Booked, "10:00-11:00", (0, 30))],
        asked: (45, 0),
        starts: "08:00 08:15 08:30 08:45 09:00 11:45 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "the same, asking for the first of the two",
        busy: &[(Kind::Booked, "10:00-11:00", (45, 0))],
        asked: (0, 30),
        starts: "08:00 08:15 11:00 11:15 11:30 11:45 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "a long buffer reaches past what comes after it",
        busy: &[(Kind::Booked, "09:00-10:00", (0, 120)), (Kind::Calendar, "10:00-10:15", (0, 0))],
        asked: (0, 0),
        starts: "08:00 12:00 12:15 12:30 12:45 13:00",
    },
    BufferRow {
        case: "a long buffer reaches back over what comes before it",
        busy: &[(Kind::Calendar, "11:30-11:45", (0, 0)), (Kind::Booked, "12:00-13:00", (150, 0))],
        asked: (0, 0),
        starts: "08:00 08:15 08:30 13:00",
    },
    BufferRow {
        case: "a long event hides a short one within",
        busy: &[(Kind::Calendar, "08:00-12:00", (0, 0)), (Kind::Booked, "09:00-10:00", (0, 0))],
        asked: (0, 0),
        starts: "12:00 12:15 12:30 12:45 13:00",
    },
];

#[test]
fn of_two_neighbours_the_larger_buffer_counts() {
    for row in BUFFER_ROWS {
        let mut setting = Setting::office();
        setting.weekday_of(MONDAY, "08:00-14:00");
        setting.event_type.step_min = 15;
        setting.buffers_min(row.asked.0, row.asked.1);
        for (kind, hours, (before_min, after_min)) in row.busy {
            setting.taken(Busy {
                span: span(hours),
                before_s: before_min * 60,
                after_s: after_min * 60,
                kind: *kind,
                counts: false,
            });
        }
        assert_eq!(setting.starts_on(MONDAY), row.starts, "{}", row.case);
    }
}

#[test]
fn buffers_may_hang_over_the_edges_of_a_window() {
    let mut setting = Setting::office();
    setting.buffers_min(15, 15);
    assert_eq!(setting.check(clock("09:00")), BOOKABLE);
    assert_eq!(setting.check(clock("16:00")), BOOKABLE);
}

#[test]
fn buffers_may_lie_before_the_notice_and_in_the_past() {
    let mut setting = Setting::office();
    setting.buffers_min(60, 60);
    setting.now = clock("09:00");
    assert_eq!(setting.check(clock("09:00")), BOOKABLE);
    setting.event_type.notice_s = 3_600;
    assert_eq!(setting.check(clock("10:00")), BOOKABLE);
}

#[test]
fn a_meeting_outside_of_the_hours_still_keeps_its_distance() {
    let mut setting = Setting::office();
    setting.buffers_min(30, 30);
    setting.busy(Kind::Booked, "08:00-09:00");
    setting.busy(Kind::Calendar, "17:00-18:00");
    assert_eq!(setting.check(clock("09:00")), [Reason::Buffer]);
    assert_eq!(setting.check(clock("09:30")), BOOKABLE);
    assert_eq!(setting.check(clock("15:30")), BOOKABLE);
    assert!(!setting.check(clock("16:00")).is_empty());
}

// R5: notice.

#[test]
fn notice_is_inclusive_to_the_second() {
    let rows = [
        ("none, on the dot", "09:00", 0, "09:00"),
        ("none, a second late", "09:00:01", 0, "09:30"),
        ("an hour, on the dot", "08:00", 3_600, "09:00"),
        ("an hour, a second late", "08:00:01", 3_600, "09:30"),
        ("an hour, a second early", "07:59:59", 3_600, "09:00"),
        ("an hour and a second", "08:00", 3_601, "09:30"),
        ("before the hours begin", "05:00", 3_600, "09:00"),
    ];
    for (case, now, notice_s, first) in rows {
        let mut setting = Setting::office();
        setting.now = clock(now);
        setting.event_type.notice_s = notice_s;
        let starts = setting.starts_on(MONDAY);
        assert_eq!(starts.split(' ').next(), Some(first), "{case}");
        assert_eq!(setting.check(clock(first)), BOOKABLE, "{case}");
    }
}

// R6: the booking window.

#[test]
fn a_rolling_window_ends_with_the_local_day_that_many_days_from_now() {
    // In New York it is still Monday, an hour before midnight.
    let mut setting = Setting::new("America/New_York", utc("2026-06-02T03:00Z"));
    setting.every_day("09:00-24:00");
    setting.event_type.step_min = 360;
    let rows = [(0, "", ""), (1, "12:00 18:00", ""), (2, "12:00 18:00", "12:00 18:00")];
    for (days, tuesday, wednesday) in rows {
        setting.event_type.window = BookingWindow::Rolling { days };
        assert_eq!(setting.starts_on("2026-06-02"), tuesday, "{days} days");
        assert_eq!(setting.starts_on("2026-06-03"), wednesday, "{days} days");
        assert_eq!(setting.starts_on("2026-06-04"), "", "{days} days");
    }
}

#[test]
fn a_rolling_window_of_no_days_is_the_rest_of_today() {
    let mut setting = Setting::office();
    setting.now = clock("15:10");
    setting.event_type.window = BookingWindow::Rolling { days: 0 };
    assert_eq!(setting.starts_on(MONDAY), "15:30 16:00");
    assert_eq!(setting.check(utc("2026-06-02T09:00Z")), [Reason::AfterWindow]);
}

#[test]
fn a_range_window_holds_its_first_and_its_last_local_date() {
    let mut setting = Setting::new("Pacific/Auckland", utc("2026-05-20T00:00Z"));
    setting.every_day("00:00-24:00");
    setting.event_type.step_min = 360;
    let (first, last) = (day("2026-06-02"), day("2026-06-03"));
    setting.event_type.window = BookingWindow::Range { first, last };
    assert_eq!(setting.starts_on(MONDAY), "");
    assert_eq!(setting.starts_on("2026-06-02"), "00:00 06:00 12:00 18:00");
    assert_eq!(setting.starts_on("2026-06-03"), "00:00 06:00 12:00 18:00");
    assert_eq!(setting.starts_on("2026-06-04"), "");
}

#[test]
fn a_meeting_may_start_on_the_last_day_of_the_window_and_end_after_it() {
    let windows = [
        BookingWindow::Rolling { days: 0 },
        BookingWindow::Range { first: day(MONDAY), last: day(MONDAY) },
    ];
    for window in windows {
        let mut setting = Setting::office();
        setting.now = clock("12:00");
        setting.every_day("23:00-25:00");
        setting.event_type.window = window;
        assert_eq!(setting.starts_on(MONDAY), "23:00 23:30", "{window:?}");
        assert_eq!(setting.starts_on("2026-06-02"), "", "{window:?}");
    }
}

#[test]
fn a_notice_longer_than_the_window_leaves_nothing_and_says_so() {
    let mut setting = Setting::office();
    setting.event_type.notice_s = 3 * 86_400;
    setting.event_type.window = BookingWindow::Rolling { days: 1 };
    for date in [MONDAY, "2026-06-02"] {
        assert_eq!(setting.starts_on(date), "", "{date}");
        assert_eq!(setting.reason(date), Some(Reason::ConfigEmpty), "{date}");
    }
    assert_eq!(setting.check(clock("10:00")).last(), Some(&Reason::ConfigEmpty));
    assert_eq!(slots::next(&setting.question(), setting.now, 3), NONE);

    setting.event_type.window = BookingWindow::Rolling { days: 3 };
    assert_eq!(setting.reason(MONDAY), Some(Reason::BeforeNotice));
    assert_eq!(slots::next(&setting.question(), setting.now, 1), [utc("2026-06-04T09:00Z")]);
}

// R7: bookings a day.

#[test]
fn the_day_of_a_limit_is_that_of_the_start_in_the_zone_of_the_schedule() {
    let rows: [(&str, &[&str], u16, &str, &str); 7] = [
        ("nothing booked", &[], 1, "20:00", "20:00"),
        ("Monday evening is Tuesday in UTC", &["2026-06-02T01:00Z"], 1, "", "20:00"),
        ("Sunday evening is Monday in UTC", &["2026-06-01T03:30Z"], 1, "20:00", "20:00"),
        ("over midnight counts where it starts", &["2026-06-02T03:30Z"], 1, "", "20:00"),
        ("at midnight counts for the new day", &["2026-06-02T04:00Z"], 1, "20:00", ""),
        ("one of two", &["2026-06-01T14:00Z"], 2, "20:00", "20:00"),
        ("two of two", &["2026-06-01T14:00Z", "2026-06-01T16:00Z"], 2, "", "20:00"),
    ];
    for (case, booked, max, monday, tuesday) in rows {
        let mut setting = Setting::new("America/New_York", utc("2026-05-30T00:00Z"));
        setting.every_day("20:00-21:00");
        setting.event_type.max_per_day = Some(max);
        for start in booked {
            setting.counted(start);
        }
        assert_eq!(setting.starts_on(MONDAY), monday, "{case}");
        assert_eq!(setting.starts_on("2026-06-02"), tuesday, "{case}");
    }
}

#[test]
fn what_does_not_count_leaves_the_limit_alone() {
    let mut setting = Setting::office();
    setting.event_type.max_per_day = Some(1);
    setting.event_type.step_min = 120;
    setting.busy(Kind::Booked, "10:00-11:00");
    setting.busy(Kind::Calendar, "12:00-13:00");
    assert_eq!(setting.starts_on(MONDAY), "14:00 16:00");
}

#[test]
fn a_limit_counts_bookings_outside_of_the_range_that_is_asked() {
    let mut setting = Setting::office();
    setting.event_type.max_per_day = Some(1);
    setting.counted("2026-06-01T09:00Z");
    assert_eq!(setting.starts(span("14:00-16:00")), NONE);
}

// R12: the next starts.

#[test]
fn the_next_starts_skip_what_is_taken_and_closed_and_stop_at_the_window() {
    let mut setting = Setting::office();
    setting.busy(Kind::Booked, "15:00-16:00");
    setting.override_on("2026-06-02", "");
    setting.event_type.window = BookingWindow::Rolling { days: 2 };
    let from = clock("14:00");
    let next = ["2026-06-01T14:00Z", "2026-06-01T16:00Z", "2026-06-03T09:00Z"].map(utc);
    assert_eq!(slots::next(&setting.question(), from, 3), next);
    assert_eq!(slots::next(&setting.question(), from, 0), NONE);
    let last = utc("2026-06-03T15:45Z");
    assert_eq!(slots::next(&setting.question(), last, 3), [utc("2026-06-03T16:00Z")]);
}

// R19: seconds.

#[test]
fn busy_time_is_kept_to_the_second() {
    let rows = [
        ("up to its first second", "10:00-11:00", "09:00", true),
        ("it begins a second earlier", "09:59:59-11:00", "09:00", false),
        ("it begins a second later", "10:00:01-11:00", "09:00", true),
        ("it begins a second later, not a minute", "10:00:01-11:00", "09:01", false),
        ("from its last second", "10:00-11:00", "11:00", true),
        ("it ends a second earlier", "10:00-10:59:59", "11:00", true),
        ("it ends a second later", "10:00-11:00:01", "11:00", false),
        ("the next whole minute", "10:00-11:00:01", "11:01", true),
        ("a single second, before it", "10:30:30-10:30:31", "09:30", true),
        ("a single second, over it", "10:30:30-10:30:31", "09:31", false),
        ("a single second, still over it", "10:30:30-10:30:31", "10:30", false),
        ("a single second, after it", "10:30:30-10:30:31", "10:31", true),
    ];
    for (case, hours, start, is_free) in rows {
        let mut setting = Setting::office();
        setting.event_type.step_min = 1;
        setting.busy(Kind::Calendar, hours);
        let reasons = setting.check(clock(start));
        assert_eq!(reasons.is_empty(), is_free, "{case}: {reasons:?}");
        let listed = setting.starts(span("09:00-12:00"));
        assert_eq!(listed.contains(&clock(start)), is_free, "{case}");
        assert!(listed.iter().all(|start| start % 60 == 0), "{case}");
    }
}
