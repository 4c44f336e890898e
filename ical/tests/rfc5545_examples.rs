//! Every recurrence rule example of RFC 5545 §3.8.5.3, and the one of §3.3.10.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read should stop the test")]

use ical::recur::{Rule, local_starts, scan};
use jiff::civil::{Date, DateTime, Time};

struct Example {
    name: &'static str,
    start: &'static str,
    rule: &'static str,
    /// The table ends here where the rule goes on; otherwise far behind the last start.
    before: &'static str,
    /// Either `year-month: days` at the time of day of the first start, or `date: times`.
    starts: &'static str,
}

const END: &str = "2030-01-01 00:00";

const DAILY_AND_WEEKLY: &[Example] = &[
    Example {
        name: "daily for 10 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=DAILY;COUNT=10",
        before: END,
        starts: "1997-09: 2-11",
    },
    Example {
        name: "daily until December 24, 1997",
        start: "1997-09-02 09:00",
        rule: "FREQ=DAILY;UNTIL=19971224T000000Z",
        before: END,
        starts: "1997-09: 2-30; 1997-10: 1-31; 1997-11: 1-30; 1997-12: 1-23",
    },
    Example {
        name: "every other day, forever",
        start: "1997-09-02 09:00",
        rule: "FREQ=DAILY;INTERVAL=2",
        before: "1997-12-04 00:00",
        starts: "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; \
                 1997-10: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; \
                 1997-11: 1 3 5 7 9 11 13 15 17 19 21 23 25 27 29; 1997-12: 1 3",
    },
    Example {
        name: "every 10 days, 5 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=DAILY;INTERVAL=10;COUNT=5",
        before: END,
        starts: "1997-09: 2 12 22; 1997-10: 2 12",
    },
    Example {
        name: "every day in January, for 3 years, said yearly",
        start: "1998-01-01 09:00",
        rule: "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        before: END,
        starts: "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31",
    },
    Example {
        name: "every day in January, for 3 years, said daily",
        start: "1998-01-01 09:00",
        rule: "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        before: END,
        starts: "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31",
    },
    Example {
        name: "weekly for 10 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=WEEKLY;COUNT=10",
        before: END,
        starts: "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4",
    },
    Example {
        name: "weekly until December 24, 1997",
        start: "1997-09-02 09:00",
        rule: "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        before: END,
        starts: "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; \
                 1997-12: 2 9 16 23",
    },
    Example {
        name: "every other week, forever",
        start: "1997-09-02 09:00",
        rule: "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        before: "1998-02-18 00:00",
        starts: "1997-09: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23; \
                 1998-01: 6 20; 1998-02: 3 17",
    },
    Example {
        name: "weekly on Tuesday and Thursday for five weeks, by UNTIL",
        start: "1997-09-02 09:00",
        rule: "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        before: END,
        starts: "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
    },
    Example {
        name: "weekly on Tuesday and Thursday for five weeks, by COUNT",
        start: "1997-09-02 09:00",
        rule: "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        before: END,
        starts: "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
    },
    Example {
        name: "every other week on Monday, Wednesday and Friday until December 24, 1997",
        start: "1997-09-01 09:00",
        rule: "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        before: END,
        starts: "1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; \
                 1997-11: 10 12 14 24 26 28; 1997-12: 8 10 12 22",
    },
    Example {
        name: "every other week on Tuesday and Thursday, for 8 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        before: END,
        starts: "1997-09: 2 4 16 18 30; 1997-10: 2 14 16",
    },
    Example {
        name: "the week begins on Monday",
        start: "1997-08-05 09:00",
        rule: "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        before: END,
        starts: "1997-08: 5 10 19 24",
    },
    Example {
        name: "changing only WKST from MO to SU yields different results",
        start: "1997-08-05 09:00",
        rule: "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        before: END,
        starts: "1997-08: 5 17 19 31",
    },
];

const MONTHLY: &[Example] = &[
    Example {
        name: "the first Friday for 10 occurrences",
        start: "1997-09-05 09:00",
        rule: "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        before: END,
        starts: "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; \
                 1998-03: 6; 1998-04: 3; 1998-05: 1; 1998-06: 5",
    },
    Example {
        name: "the first Friday until December 24, 1997",
        start: "1997-09-05 09:00",
        rule: "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        before: END,
        starts: "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5",
    },
    Example {
        name: "every other month on the first and last Sunday for 10 occurrences",
        start: "1997-09-07 09:00",
        rule: "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        before: END,
        starts: "1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31",
    },
    Example {
        name: "the second-to-last Monday for 6 months",
        start: "1997-09-22 09:00",
        rule: "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        before: END,
        starts: "1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16",
    },
    Example {
        name: "the third-to-the-last day of the month, forever",
        start: "1997-09-28 09:00",
        rule: "FREQ=MONTHLY;BYMONTHDAY=-3",
        before: "1998-03-01 00:00",
        starts: "1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26",
    },
    Example {
        name: "the 2nd and 15th for 10 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        before: END,
        starts: "1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15",
    },
    Example {
        name: "the first and last day for 10 occurrences",
        start: "1997-09-30 09:00",
        rule: "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        before: END,
        starts: "1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; \
                 1998-02: 1",
    },
    Example {
        name: "every 18 months on the 10th thru 15th for 10 occurrences",
        start: "1997-09-10 09:00",
        rule: "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        before: END,
        starts: "1997-09: 10-15; 1999-03: 10-13",
    },
    Example {
        name: "every Tuesday, every other month",
        start: "1997-09-02 09:00",
        rule: "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        before: "1998-04-01 00:00",
        starts: "1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; \
                 1998-03: 3 10 17 24 31",
    },
    Example {
        name: "every Friday the 13th, forever (before EXDATE takes DTSTART away)",
        start: "1997-09-02 09:00",
        rule: "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        before: "2001-01-01 00:00",
        starts: "1997-09: 2; 1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13",
    },
    Example {
        name: "the first Saturday that follows the first Sunday, forever",
        start: "1997-09-13 09:00",
        rule: "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        before: "1998-07-01 00:00",
        starts: "1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; \
                 1998-03: 7; 1998-04: 11; 1998-05: 9; 1998-06: 13",
    },
    Example {
        name: "the third Tuesday, Wednesday or Thursday, for the next 3 months",
        start: "1997-09-04 09:00",
        rule: "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        before: END,
        starts: "1997-09: 4; 1997-10: 7; 1997-11: 6",
    },
    Example {
        name: "the second-to-last weekday of the month",
        start: "1997-09-29 09:00",
        rule: "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        before: "1998-04-01 00:00",
        starts: "1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; \
                 1998-02: 26; 1998-03: 30",
    },
    Example {
        name: "an invalid date (February 30) is ignored",
        start: "2007-01-15 09:00",
        rule: "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        before: END,
        starts: "2007-01: 15 30; 2007-02: 15; 2007-03: 15 30",
    },
];

const YEARLY: &[Example] = &[
    Example {
        name: "in June and July for 10 occurrences",
        start: "1997-06-10 09:00",
        rule: "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        before: END,
        starts: "1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; \
                 1999-07: 10; 2000-06: 10; 2000-07: 10; 2001-06: 10; 2001-07: 10",
    },
    Example {
        name: "every other year in January, February and March for 10 occurrences",
        start: "1997-03-10 09:00",
        rule: "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        before: END,
        starts: "1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; \
                 2001-02: 10; 2001-03: 10; 2003-01: 10; 2003-02: 10; 2003-03: 10",
    },
    Example {
        name: "every third year on the 1st, 100th and 200th day for 10 occurrences",
        start: "1997-01-01 09:00",
        rule: "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        before: END,
        starts: "1997-01: 1; 1997-04: 10; 1997-07: 19; 2000-01: 1; 2000-04: 9; \
                 2000-07: 18; 2003-01: 1; 2003-04: 10; 2003-07: 19; 2006-01: 1",
    },
    Example {
        name: "every 20th Monday of the year, forever",
        start: "1997-05-19 09:00",
        rule: "FREQ=YEARLY;BYDAY=20MO",
        before: "2000-01-01 00:00",
        starts: "1997-05: 19; 1998-05: 18; 1999-05: 17",
    },
    Example {
        name: "Monday of week number 20, forever",
        start: "1997-05-12 09:00",
        rule: "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        before: "2000-01-01 00:00",
        starts: "1997-05: 12; 1998-05: 11; 1999-05: 17",
    },
    Example {
        name: "every Thursday in March, forever",
        start: "1997-03-13 09:00",
        rule: "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        before: "2000-01-01 00:00",
        starts: "1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25",
    },
    Example {
        name: "every Thursday, but only during June, July and August, forever",
        start: "1997-06-05 09:00",
        rule: "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        before: "2000-01-01 00:00",
        starts: "1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; \
                 1998-06: 4 11 18 25; 1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27; \
                 1999-06: 3 10 17 24; 1999-07: 1 8 15 22 29; 1999-08: 5 12 19 26",
    },
    Example {
        name: "every 4 years, the first Tuesday after a Monday in November (U.S. election day)",
        start: "1996-11-05 09:00",
        rule: "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        before: "2008-01-01 00:00",
        starts: "1996-11: 5; 2000-11: 7; 2004-11: 2",
    },
    Example {
        name: "every Sunday in January at 8:30 AM and 9:30 AM, every other year (§3.3.10)",
        start: "1997-01-05 08:30",
        rule: "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30",
        before: "1999-01-04 00:00",
        starts: "1997-01-05: 08:30 09:30; 1997-01-12: 08:30 09:30; 1997-01-19: 08:30 09:30; \
                 1997-01-26: 08:30 09:30; 1999-01-03: 08:30 09:30",
    },
];

const SMALLER_THAN_A_DAY: &[Example] = &[
    // The RFC means 17:00 local time, although it writes a Z: 17:00Z would be 1 PM there.
    Example {
        name: "every 3 hours from 9:00 AM to 5:00 PM on a specific day",
        start: "1997-09-02 09:00",
        rule: "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
        before: END,
        starts: "1997-09-02: 09:00 12:00 15:00",
    },
    Example {
        name: "every 15 minutes for 6 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        before: END,
        starts: "1997-09-02: 09:00 09:15 09:30 09:45 10:00 10:15",
    },
    Example {
        name: "every hour and a half for 4 occurrences",
        start: "1997-09-02 09:00",
        rule: "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
        before: END,
        starts: "1997-09-02: 09:00 10:30 12:00 13:30",
    },
    Example {
        name: "every 20 minutes from 9:00 AM to 4:40 PM every day, said daily",
        start: "1997-09-02 09:00",
        rule: "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        before: "1997-09-04 00:00",
        starts: EVERY_20_MINUTES,
    },
    Example {
        name: "every 20 minutes from 9:00 AM to 4:40 PM every day, said minutely",
        start: "1997-09-02 09:00",
        rule: "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        before: "1997-09-04 00:00",
        starts: EVERY_20_MINUTES,
    },
];

const EVERY_20_MINUTES: &str = "\
    1997-09-02: 09:00 09:20 09:40 10:00 10:20 10:40 11:00 11:20 11:40 12:00 12:20 12:40 \
                13:00 13:20 13:40 14:00 14:20 14:40 15:00 15:20 15:40 16:00 16:20 16:40; \
    1997-09-03: 09:00 09:20 09:40 10:00 10:20 10:40 11:00 11:20 11:40 12:00 12:20 12:40 \
                13:00 13:20 13:40 14:00 14:20 14:40 15:00 15:20 15:40 16:00 16:20 16:40";

#[test]
fn daily_and_weekly_examples_start_when_the_rfc_says() {
    DAILY_AND_WEEKLY.iter().for_each(check);
}

#[test]
fn monthly_examples_start_when_the_rfc_says() {
    MONTHLY.iter().for_each(check);
}

#[test]
fn yearly_examples_start_when_the_rfc_says() {
    YEARLY.iter().for_each(check);
}

#[test]
fn examples_smaller_than_a_day_start_when_the_rfc_says() {
    SMALLER_THAN_A_DAY.iter().for_each(check);
}

#[test]
fn lower_case_and_unknown_parts_change_nothing() {
    let start = local("1997-09-02 09:00");
    let before = local("1997-10-01 00:00");
    let plain = Rule::parse("FREQ=WEEKLY;COUNT=3;BYDAY=TU,TH").unwrap();
    let expected = local_starts(&plain, start, start, before, 10);
    for odd in [
        "freq=weekly;count=3;byday=tu,th",
        "FREQ=WEEKLY;COUNT=3;BYDAY=TU,TH;X-UNKNOWN=1",
        "COUNT=3;BYDAY=TU,TH;FREQ=WEEKLY",
    ] {
        let rule = Rule::parse(odd).unwrap();
        assert_eq!(local_starts(&rule, start, start, before, 10), expected, "{odd}");
    }
}

#[test]
fn a_refused_rule_says_which_part_is_wrong() {
    for (rule, part) in [
        ("COUNT=3", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("FREQ=DAILY;INTERVAL=often", "INTERVAL"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;UNTIL=someday", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
    ] {
        let Err(refused) = Rule::parse(rule) else { panic!("{rule} was accepted") };
        assert!(refused.to_string().contains(part), "{rule}: {refused}");
    }
}

type Engine = fn(&Rule, DateTime, DateTime, DateTime, usize) -> Vec<DateTime>;

const ENGINES: [(&str, Engine); 2] = [("chosen", local_starts), ("scan", scan::local_starts)];

fn check(example: &Example) {
    let rule = Rule::parse(example.rule).unwrap();
    let start = local(example.start);
    let before = local(example.before);
    let expected = written_out(example.starts, start.time());
    for (engine, local_starts) in ENGINES {
        let case = format!("{}, by the {engine} engine", example.name);
        assert_eq!(local_starts(&rule, start, start, before, 1000), expected, "{case}");
        for (passed, from) in expected.iter().enumerate() {
            let tail = &expected[passed..];
            assert_eq!(
                local_starts(&rule, start, *from, before, 1000),
                tail,
                "{case}, from {from}"
            );
            let two = &tail[..tail.len().min(2)];
            assert_eq!(local_starts(&rule, start, *from, before, 2), two, "{case}, 2 from {from}");
        }
    }
}

fn written_out(starts: &str, time_of_day: Time) -> Vec<DateTime> {
    let mut found = Vec::new();
    for group in starts.split(';') {
        let (head, items) = group.trim().split_once(": ").unwrap();
        for item in items.split_whitespace() {
            if item.contains(':') {
                found.push(local(&format!("{head} {item}")));
            } else {
                let (first, last) = item.split_once('-').unwrap_or((item, item));
                let (first, last): (u8, u8) = (first.parse().unwrap(), last.parse().unwrap());
                let day = |it: u8| format!("{head}-{it:02}").parse::<Date>().unwrap();
                found.extend((first..=last).map(|it| day(it).to_datetime(time_of_day)));
            }
        }
    }
    found
}

fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}
