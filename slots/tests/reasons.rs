//! A time that cannot be booked says why, in the order in which the rules are told.

mod setting;

use model::event_type::BookingWindow;
use setting::{BOOKABLE, MONDAY, Setting, clock, day, utc};
use slots::{Busy, Kind, Reason};

/// A change to the office, an hour's meeting there, and all that stands against it.
struct Row {
    case: &'static str,
    arrange: fn(&mut Setting),
    start: &'static str,
    reasons: &'static [Reason],
}

const ROWS: &[Row] = &[
    Row { case: "an ordinary hour", arrange: |_| (), start: "10:00", reasons: &[] },
    Row {
        case: "gone by",
        arrange: |it| it.now = clock("12:00"),
        start: "10:00",
        reasons: &[Reason::Past],
    },
    Row {
        case: "gone by, and there is a notice",
        arrange: |it| (it.now, it.event_type.notice_s) = (clock("12:00"), 3_600),
        start: "10:00",
        reasons: &[Reason::Past, Reason::BeforeNotice],
    },
    Row {
        case: "sooner than the notice",
        arrange: |it| (it.now, it.event_type.notice_s) = (clock("09:30"), 3_600),
        start: "10:00",
        reasons: &[Reason::BeforeNotice],
    },
    Row {
        case: "later than the window",
        arrange: |it| {
            it.now = utc("2026-05-25T08:00Z");
            it.event_type.window = BookingWindow::Rolling { days: 6 };
        },
        start: "10:00",
        reasons: &[Reason::AfterWindow],
    },
    Row {
        case: "earlier than the window",
        arrange: |it| it.event_type.window = from_tuesday(),
        start: "10:00",
        reasons: &[Reason::BeforeWindow],
    },
    Row {
        case: "in the evening",
        arrange: |_| (),
        start: "20:00",
        reasons: &[Reason::NoServiceHours],
    },
    Row {
        case: "as the hours end",
        arrange: |_| (),
        start: "17:00",
        reasons: &[Reason::NoServiceHours],
    },
    Row {
        case: "on a date that is closed",
        arrange: |it| it.override_on(MONDAY, ""),
        start: "10:00",
        reasons: &[Reason::OverrideClosed],
    },
    Row {
        case: "too late to finish",
        arrange: |_| (),
        start: "16:30",
        reasons: &[Reason::DoesNotFit],
    },
    Row {
        case: "between two starts",
        arrange: |_| (),
        start: "10:10",
        reasons: &[Reason::OffGrid],
    },
    Row {
        case: "half a minute late",
        arrange: |_| (),
        start: "10:00:30",
        reasons: &[Reason::OffGrid],
    },
    Row {
        case: "into a booking",
        arrange: |it| it.busy(Kind::Booked, "10:30-11:30"),
        start: "10:00",
        reasons: &[Reason::Booked],
    },
    Row {
        case: "into a booking with buffers",
        arrange: |it| booked_with_buffers(it, "10:30-11:30"),
        start: "10:00",
        reasons: &[Reason::Booked],
    },
    Row {
        case: "close before a booking",
        arrange: |it| booked_with_buffers(it, "11:15-12:15"),
        start: "10:00",
        reasons: &[Reason::Buffer],
    },
    Row {
        case: "close after a booking",
        arrange: |it| booked_with_buffers(it, "09:00-09:45"),
        start: "10:00",
        reasons: &[Reason::Buffer],
    },
    Row {
        case: "between two bookings, close to both",
        arrange: |it| {
            booked_with_buffers(it, "09:00-09:45");
            booked_with_buffers(it, "11:15-12:15");
        },
        start: "10:00",
        reasons: &[Reason::Buffer],
    },
    Row {
        case: "while somebody holds it",
        arrange: |it| it.busy(Kind::Held, "10:00-11:00"),
        start: "10:00",
        reasons: &[Reason::Held],
    },
    Row {
        case: "during an event of the host",
        arrange: |it| it.busy(Kind::Calendar, "10:00-11:00"),
        start: "10:00",
        reasons: &[Reason::CalendarConflict],
    },
    Row {
        case: "during a tentative event of the host",
        arrange: |it| it.busy(Kind::Tentative, "10:00-11:00"),
        start: "10:00",
        reasons: &[Reason::Tentative],
    },
    Row {
        case: "on a day with its one booking",
        arrange: |it| {
            it.counted("2026-06-01T14:00Z");
            it.event_type.max_per_day = Some(1);
        },
        start: "10:00",
        reasons: &[Reason::LimitDay],
    },
    Row {
        case: "with more notice than window",
        arrange: |it| {
            it.event_type.notice_s = 3 * 86_400;
            it.event_type.window = BookingWindow::Rolling { days: 1 };
        },
        start: "10:00",
        reasons: &[Reason::BeforeNotice, Reason::ConfigEmpty],
    },
    Row {
        case: "against the date and the hours at once",
        arrange: |it| {
            (it.now, it.event_type.notice_s) = (clock("12:00"), 3_600);
            it.event_type.window = from_tuesday();
        },
        start: "08:07",
        reasons: &[
            Reason::Past,
            Reason::BeforeNotice,
            Reason::BeforeWindow,
            Reason::NoServiceHours,
            Reason::OffGrid,
        ],
    },
    Row {
        case: "against the fit and the grid at once",
        arrange: |_| (),
        start: "16:10",
        reasons: &[Reason::DoesNotFit, Reason::OffGrid],
    },
    Row {
        case: "against all that is busy at once",
        arrange: |it| {
            it.busy(Kind::Tentative, "09:00-12:00");
            it.busy(Kind::Calendar, "10:00-12:00");
            it.busy(Kind::Held, "10:30-11:30");
            booked_with_buffers(it, "11:15-12:15");
            it.counted("2026-06-01T10:00Z");
            it.event_type.max_per_day = Some(1);
        },
        start: "10:05",
        reasons: &[
            Reason::OffGrid,
            Reason::Booked,
            Reason::Buffer,
            Reason::Held,
            Reason::CalendarConflict,
            Reason::Tentative,
            Reason::LimitDay,
        ],
    },
];

#[test]
fn a_time_that_cannot_be_booked_names_each_rule_against_it_in_order() {
    for row in ROWS {
        let mut setting = Setting::office();
        (row.arrange)(&mut setting);
        assert_eq!(setting.check(clock(row.start)), row.reasons, "{}", row.case);
    }
}

#[test]
fn two_busy_spans_of_a_kind_are_one_reason() {
    let mut setting = Setting::office();
    setting.busy(Kind::Booked, "10:00-10:30");
    setting.busy(Kind::Booked, "10:30-11:00");
    assert_eq!(setting.check(clock("10:00")), [Reason::Booked]);
}

/// A change to the office, a date, and why nothing can be booked on it.
struct DayRow {
    case: &'static str,
    arrange: fn(&mut Setting),
    date: &'static str,
    reason: Option<Reason>,
}

const DAY_ROWS: &[DayRow] = &[
    DayRow { case: "an ordinary day", arrange: |_| (), date: MONDAY, reason: None },
    DayRow {
        case: "only one start is left",
        arrange: |it| it.busy(Kind::Booked, "10:00-17:00"),
        date: MONDAY,
        reason: None,
    },
    DayRow {
        case: "a day gone by",
        arrange: |it| it.now = utc("2026-06-02T00:00Z"),
        date: MONDAY,
        reason: Some(Reason::Past),
    },
    DayRow {
        case: "a day gone by, and there is a notice: ties go by order",
        arrange: |it| (it.now, it.event_type.notice_s) = (utc("2026-06-02T00:00Z"), 3_600),
        date: MONDAY,
        reason: Some(Reason::Past),
    },
    DayRow {
        case: "a day within the notice",
        arrange: |it| it.event_type.notice_s = 2 * 86_400,
        date: MONDAY,
        reason: Some(Reason::BeforeNotice),
    },
    DayRow {
        case: "the day after the window",
        arrange: |it| it.event_type.window = BookingWindow::Rolling { days: 0 },
        date: "2026-06-02",
        reason: Some(Reason::AfterWindow),
    },
    DayRow {
        case: "the day before the window",
        arrange: |it| it.event_type.window = from_tuesday(),
        date: MONDAY,
        reason: Some(Reason::BeforeWindow),
    },
    DayRow {
        case: "a weekend",
        arrange: |_| (),
        date: "2026-06-06",
        reason: Some(Reason::NoServiceHours),
    },
    DayRow {
        case: "a date that is closed",
        arrange: |it| it.override_on(MONDAY, ""),
        date: MONDAY,
        reason: Some(Reason::OverrideClosed),
    },
    DayRow {
        case: "hours too short for the meeting",
        arrange: |it| it.override_on(MONDAY, "09:00-09:30 12:00-12:45"),
        date: MONDAY,
        reason: Some(Reason::DoesNotFit),
    },
    DayRow {
        case: "fully booked",
        arrange: |it| it.busy(Kind::Booked, "09:00-17:00"),
        date: MONDAY,
        reason: Some(Reason::Booked),
    },
    DayRow {
        case: "booked but for gaps that are too short",
        arrange: |it| {
            it.busy(Kind::Booked, "09:00-12:30");
            it.busy(Kind::Booked, "13:00-16:45");
        },
        date: MONDAY,
        reason: Some(Reason::Booked),
    },
    DayRow {
        case: "held from morning to evening",
        arrange: |it| it.busy(Kind::Held, "09:00-17:00"),
        date: MONDAY,
        reason: Some(Reason::Held),
    },
    DayRow {
        case: "the host is away",
        arrange: |it| it.busy(Kind::Calendar, "00:00-23:00"),
        date: MONDAY,
        reason: Some(Reason::CalendarConflict),
    },
    DayRow {
        case: "the host may be away",
        arrange: |it| it.busy(Kind::Tentative, "00:00-23:00"),
        date: MONDAY,
        reason: Some(Reason::Tentative),
    },
    DayRow {
        case: "the day has its one booking",
        arrange: |it| {
            it.counted("2026-06-01T09:00Z");
            it.event_type.max_per_day = Some(1);
        },
        date: MONDAY,
        reason: Some(Reason::LimitDay),
    },
    DayRow {
        case: "mostly booked, then an event of the host",
        arrange: |it| {
            it.busy(Kind::Booked, "09:00-15:00");
            it.busy(Kind::Calendar, "15:00-17:00");
        },
        date: MONDAY,
        reason: Some(Reason::Booked),
    },
    DayRow {
        case: "mostly an event of the host, then booked",
        arrange: |it| {
            it.busy(Kind::Calendar, "09:00-15:00");
            it.busy(Kind::Booked, "15:00-17:00");
        },
        date: MONDAY,
        reason: Some(Reason::CalendarConflict),
    },
    DayRow {
        case: "a morning gone by, then booked for longer",
        arrange: |it| {
            it.now = clock("11:00");
            it.busy(Kind::Booked, "11:00-17:00");
        },
        date: MONDAY,
        reason: Some(Reason::Booked),
    },
    DayRow {
        case: "most of the day gone by, the rest booked",
        arrange: |it| {
            it.now = clock("15:00");
            it.busy(Kind::Booked, "15:00-17:00");
        },
        date: MONDAY,
        reason: Some(Reason::Past),
    },
    DayRow {
        case: "more notice than window",
        arrange: |it| {
            it.event_type.notice_s = 3 * 86_400;
            it.event_type.window = BookingWindow::Rolling { days: 1 };
        },
        date: MONDAY,
        reason: Some(Reason::ConfigEmpty),
    },
];

#[test]
fn a_day_without_starts_names_the_reason_that_takes_most_of_its_hours() {
    for row in DAY_ROWS {
        let mut setting = Setting::office();
        (row.arrange)(&mut setting);
        assert_eq!(setting.reason(row.date), row.reason, "{}", row.case);
    }
}

#[test]
fn every_local_date_asked_for_is_answered_in_order() {
    let mut setting = Setting::office();
    setting.busy(Kind::Booked, "10:00-17:00");
    let days = slots::days(&setting.question(), day("2026-05-31"), day("2026-06-03"));
    let shown: Vec<(String, usize)> =
        days.iter().map(|it| (it.date.to_string(), it.starts.len())).collect();
    let expected = [("2026-05-31", 0), (MONDAY, 1), ("2026-06-02", 15), ("2026-06-03", 15)];
    assert_eq!(shown, expected.map(|(date, starts)| (date.to_owned(), starts)));
    assert_eq!(setting.check(days[1].starts[0]), BOOKABLE);
}

/// Tuesday to Friday.
fn from_tuesday() -> BookingWindow {
    BookingWindow::Range { first: day("2026-06-02"), last: day("2026-06-05") }
}

/// A booking that keeps half an hour free on both sides.
fn booked_with_buffers(setting: &mut Setting, hours: &str) {
    let span = setting::span(hours);
    let (before_s, after_s) = (1_800, 1_800);
    setting.taken(Busy { span, before_s, after_s, kind: Kind::Booked, counts: false });
}
