//! On the days when clocks change, hours mean what the wall clock shows.

mod setting;

use jiff::civil::Date;
use model::interval::Instant;
use setting::{BOOKABLE, DAY_S, Setting, after, around, day, interval, intervals, midnight, utc};
use slots::Reason;
use slots::set::Set;

/// Hours on one local date, with what they mean in UTC, and the starts of an hour every 30 minutes.
struct Row {
    zone: &'static str,
    date: &'static str,
    hours: &'static str,
    open: &'static str,
    starts: &'static str,
}

/// The worked examples of the slot engine, with a few neighbours.
const ROWS: &[Row] = &[
    Row {
        zone: "Europe/Paris",
        date: "2026-03-29",
        hours: "00:00-08:00",
        open: "2026-03-28T23:00Z/2026-03-29T06:00Z",
        starts: "00:00+01 00:30+01 01:00+01 01:30+01 03:00+02 03:30+02 04:00+02 04:30+02 05:00+02 \
                 05:30+02 06:00+02 06:30+02 07:00+02",
    },
    Row {
        zone: "Europe/Paris",
        date: "2026-10-25",
        hours: "00:00-08:00",
        open: "2026-10-24T22:00Z/2026-10-25T07:00Z",
        starts: "00:00+02 00:30+02 01:00+02 01:30+02 02:00+02 02:30+02 02:00+01 02:30+01 03:00+01 \
                 03:30+01 04:00+01 04:30+01 05:00+01 05:30+01 06:00+01 06:30+01 07:00+01",
    },
    Row {
        zone: "Europe/Paris",
        date: "2026-10-25",
        hours: "01:00-02:30",
        open: "2026-10-24T23:00Z/2026-10-25T00:30Z 2026-10-25T01:00Z/2026-10-25T01:30Z",
        starts: "01:00+02 01:30+02",
    },
    Row { zone: "Europe/Paris", date: "2026-03-29", hours: "02:15-02:45", open: "", starts: "" },
    Row {
        zone: "Europe/Paris",
        date: "2026-03-28",
        hours: "22:00-28:00",
        open: "2026-03-28T21:00Z/2026-03-29T02:00Z",
        starts: "22:00+01 22:30+01 23:00+01 23:30+01 00:00+01 00:30+01 01:00+01 01:30+01 03:00+02",
    },
    Row {
        zone: "Europe/Paris",
        date: "2026-10-24",
        hours: "22:00-26:30",
        open: "2026-10-24T20:00Z/2026-10-25T00:30Z 2026-10-25T01:00Z/2026-10-25T01:30Z",
        starts: "22:00+02 22:30+02 23:00+02 23:30+02 00:00+02 00:30+02 01:00+02 01:30+02",
    },
    Row {
        zone: "America/New_York",
        date: "2026-11-01",
        hours: "00:30-02:00",
        open: "2026-11-01T04:30Z/2026-11-01T07:00Z",
        starts: "00:30-04 01:00-04 01:30-04 01:00-05",
    },
    Row {
        zone: "America/New_York",
        date: "2026-03-08",
        hours: "01:00-04:00",
        open: "2026-03-08T06:00Z/2026-03-08T08:00Z",
        starts: "01:00-05 01:30-05 03:00-04",
    },
    Row {
        zone: "Australia/Lord_Howe",
        date: "2026-10-04",
        hours: "01:00-04:00",
        open: "2026-10-03T14:30Z/2026-10-03T17:00Z",
        starts: "01:00+10:30 01:30+10:30 02:30+11 03:00+11",
    },
    Row {
        zone: "Australia/Lord_Howe",
        date: "2026-04-05",
        hours: "01:00-03:00",
        open: "2026-04-04T14:00Z/2026-04-04T16:30Z",
        starts: "01:00+11 01:30+11 01:30+10:30 02:00+10:30",
    },
    Row {
        zone: "America/Sao_Paulo",
        date: "2018-11-04",
        hours: "00:00-03:00",
        open: "2018-11-04T03:00Z/2018-11-04T05:00Z",
        starts: "01:00-02 01:30-02 02:00-02",
    },
    Row {
        zone: "America/Sao_Paulo",
        date: "2019-02-16",
        hours: "22:00-24:00",
        open: "2019-02-17T00:00Z/2019-02-17T03:00Z",
        starts: "22:00-02 22:30-02 23:00-02 23:30-02 23:00-03",
    },
    Row { zone: "Pacific/Apia", date: "2011-12-30", hours: "09:00-17:00", open: "", starts: "" },
    Row {
        zone: "Pacific/Apia",
        date: "2011-12-29",
        hours: "20:00-24:00",
        open: "2011-12-30T06:00Z/2011-12-30T10:00Z",
        starts: "20:00-10 20:30-10 21:00-10 21:30-10 22:00-10 22:30-10 23:00-10",
    },
    Row {
        zone: "Africa/Casablanca",
        date: "2026-02-15",
        hours: "01:00-04:00",
        open: "2026-02-15T00:00Z/2026-02-15T04:00Z",
        starts: "01:00+01 01:30+01 02:00+01 02:30+01 02:00+00 02:30+00 03:00+00",
    },
    Row {
        zone: "Africa/Casablanca",
        date: "2026-03-22",
        hours: "01:00-04:00",
        open: "2026-03-22T01:00Z/2026-03-22T03:00Z",
        starts: "01:00+00 01:30+00 03:00+01",
    },
    Row {
        zone: "Africa/Cairo",
        date: "2026-04-24",
        hours: "00:00-03:00",
        open: "2026-04-23T22:00Z/2026-04-24T00:00Z",
        starts: "01:00+03 01:30+03 02:00+03",
    },
    Row {
        zone: "Asia/Kathmandu",
        date: "2026-06-01",
        hours: "09:00-11:00",
        open: "2026-06-01T03:15Z/2026-06-01T05:15Z",
        starts: "09:00+05:45 09:30+05:45 10:00+05:45",
    },
];

#[test]
fn hours_are_open_while_the_wall_clock_shows_them() {
    for row in ROWS {
        for (how, setting) in row.settings() {
            let expected = Set::new(intervals(row.open));
            assert_eq!(setting.open(around(day(row.date))), expected, "{} {how}", row.name());
        }
    }
}

#[test]
fn starts_keep_to_the_wall_clock_and_show_both_passes_of_a_repeated_hour() {
    for row in ROWS {
        for (how, setting) in row.settings() {
            let starts = setting.starts(around(day(row.date)));
            assert_eq!(labels(&setting, &starts), row.starts, "{} {how}", row.name());
        }
    }
}

#[test]
fn a_listed_start_passes_the_check_at_booking_and_a_start_on_no_list_does_not() {
    for row in ROWS {
        for (how, setting) in row.settings() {
            let range = around(day(row.date));
            let listed = setting.starts(range);
            for start in (range.start()..range.end()).step_by(900) {
                let reasons = setting.check(start);
                let at = labels(&setting, &[start]);
                assert_eq!(
                    reasons.is_empty(),
                    listed.contains(&start),
                    "{} {how}, {at}: {reasons:?}",
                    row.name()
                );
            }
        }
    }
}

#[test]
fn a_day_answers_with_every_start_that_shows_its_date() {
    for row in ROWS {
        for (how, setting) in row.settings() {
            let date = day(row.date);
            let mut starts = Vec::new();
            for day in slots::days(&setting.question(), after(date, -1), after(date, 1)) {
                let dated = |start: &Instant| setting.zone.local(*start).date() == day.date;
                assert!(day.starts.iter().all(dated), "{} {how}", row.name());
                starts.extend(day.starts);
            }
            assert_eq!(labels(&setting, &starts), row.starts, "{} {how}", row.name());
        }
    }
}

#[test]
fn a_notice_of_24_hours_is_elapsed_time() {
    let rows = [
        ("the night loses an hour", "2026-03-28T09:00Z", "2026-03-29T09:00Z", "11:00+02"),
        ("the night gains an hour", "2026-10-24T08:00Z", "2026-10-25T08:00Z", "09:00+01"),
        ("an ordinary night", "2026-06-01T08:00Z", "2026-06-02T08:00Z", "10:00+02"),
    ];
    for (case, now, earliest, label) in rows {
        let mut setting = Setting::new("Europe/Paris", utc(now));
        setting.every_day("00:00-24:00");
        setting.event_type.notice_s = 24 * 3_600;
        let starts = setting.starts(interval(setting.now, setting.now + 2 * DAY_S));
        assert_eq!(starts.first(), Some(&utc(earliest)), "{case}");
        assert_eq!(labels(&setting, &starts[..1]), label, "{case}");
        assert_eq!(setting.check(utc(earliest)), BOOKABLE, "{case}");
        assert_eq!(setting.check(utc(earliest) - 1_800), [Reason::BeforeNotice], "{case}");
    }
}

#[test]
fn a_day_whose_hours_fall_into_the_gap_says_so() {
    let rows = [
        ("Europe/Paris", "2026-03-29", "02:15-02:45"),
        ("Europe/Paris", "2026-03-29", "02:00-03:00"),
        ("America/New_York", "2026-03-08", "02:00-02:30 02:30-03:00"),
        ("America/Sao_Paulo", "2018-11-04", "00:00-01:00"),
    ];
    for (zone, date, hours) in rows {
        let mut setting = Setting::new(zone, midnight(day(date)) - 5 * DAY_S);
        setting.duration_min = 30;
        setting.event_type.durations_min = vec![30];
        setting.event_type.step_min = 15;
        setting.every_day(hours);
        let days = slots::days(&setting.question(), after(day(date), -1), after(day(date), 1));
        let reasons: Vec<Option<Reason>> = days.iter().map(|it| it.reason).collect();
        assert_eq!(reasons, [None, Some(Reason::DstGap), None], "{zone} {date} {hours}");
    }
}

#[test]
fn a_date_that_a_zone_skipped_says_so() {
    let mut setting = Setting::new("Pacific/Apia", utc("2011-12-27T00:00Z"));
    setting.every_day("09:00-17:00");
    let days = slots::days(&setting.question(), day("2011-12-29"), day("2011-12-31"));
    let shown: Vec<(Date, usize, Option<Reason>)> =
        days.iter().map(|it| (it.date, it.starts.len(), it.reason)).collect();
    let expected = [
        (day("2011-12-29"), 15, None),
        (day("2011-12-30"), 0, Some(Reason::DateSkipped)),
        (day("2011-12-31"), 15, None),
    ];
    assert_eq!(shown, expected);
    assert_eq!(setting.reason("2011-12-30"), Some(Reason::DateSkipped), "asked for alone");
}

#[test]
fn a_skipped_date_does_not_count_as_time_between_its_neighbours() {
    let mut setting = Setting::new("Pacific/Apia", utc("2011-12-27T00:00Z"));
    setting.weekday_of("2011-12-29", "20:00-24:00");
    setting.weekday_of("2011-12-31", "00:00-02:00");
    let starts = setting.starts(around(day("2011-12-30")));
    let expected = "20:00-10 20:30-10 21:00-10 21:30-10 22:00-10 22:30-10 23:00-10 23:30-10 \
                    00:00+14 00:30+14 01:00+14";
    assert_eq!(labels(&setting, &starts), expected);
}

impl Row {
    /// What the row is about, for a failure.
    fn name(&self) -> String {
        format!("{} {} {}", self.zone, self.date, self.hours)
    }

    /// The hours told once as those of a weekday and once as an override of the date.
    fn settings(&self) -> [(&'static str, Setting); 2] {
        let now = midnight(day(self.date)) - 2 * DAY_S;
        let mut weekly = Setting::new(self.zone, now);
        weekly.weekday_of(self.date, self.hours);
        let mut overridden = Setting::new(self.zone, now);
        overridden.override_on(self.date, self.hours);
        [("by the week", weekly), ("by an override", overridden)]
    }
}

/// Starts as the clock shows them, with the offset that tells two passes apart: `02:00+02`.
fn labels(setting: &Setting, starts: &[Instant]) -> String {
    let mut labels = Vec::new();
    for &start in starts {
        let shown = setting.zone.local(start);
        let offset_min = setting.zone.offset_s(start) / 60;
        let sign = if offset_min < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset_min.abs() / 60, offset_min.abs() % 60);
        let rest = if minutes == 0 { String::new() } else { format!(":{minutes:02}") };
        labels.push(format!("{:02}:{:02}{sign}{hours:02}{rest}", shown.hour(), shown.minute()));
    }
    labels.join(" ")
}
