//! The yearly rule that a run of onsets follows, if there is one.

use jiff::civil::{Date, DateTime, Weekday};

/// Years that a rule must have held to be told as one.
const RUN_MIN: usize = 3;

/// A day that comes once in every year.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pattern {
    /// The nth such weekday of the month, up to the fourth.
    Nth(i8, Weekday, i8),
    /// The last such weekday of the month.
    Last(i8, Weekday),
    /// Always that day of the month.
    Fixed(i8, i8),
    /// The first such weekday on or after that day of the month.
    From(i8, Weekday, i8),
}

/// Onsets, by their numbers, that follow one pattern from year to year.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) pattern: Pattern,
}

/// Takes onsets apart into runs, and those that follow no pattern.
pub(super) fn runs(starts: &[DateTime]) -> (Vec<Run>, Vec<DateTime>) {
    let (mut runs, mut singles) = (Vec::new(), Vec::new());
    let mut first = 0;
    while first < starts.len() {
        let mut patterns = Pattern::of(starts[first].date());
        let mut last = first;
        while let Some(next) = starts.get(last + 1) {
            let goes_on =
                next.year() == starts[last].year() + 1 && next.time() == starts[first].time();
            let left: Vec<Pattern> =
                patterns.iter().copied().filter(|it| it.matches(next.date())).collect();
            if !goes_on || left.is_empty() {
                break;
            }
            (patterns, last) = (left, last + 1);
        }
        if last + 1 - first >= RUN_MIN {
            runs.push(Run { first, last, pattern: patterns[0] });
            first = last + 1;
        } else {
            singles.push(starts[first]);
            first += 1;
        }
    }
    (runs, singles)
}

impl Pattern {
    /// All patterns that a date may follow, the plainest first.
    fn of(date: Date) -> Vec<Self> {
        let (month, weekday, day) = (date.month(), date.weekday(), date.day());
        // February has a 29th in some years only: a pattern must give a day in each.
        let length = if month == 2 { 28 } else { date.days_in_month() };
        let mut patterns = Vec::new();
        if day <= 28 {
            patterns.push(Self::Nth(month, weekday, (day - 1) / 7 + 1));
        }
        if day + 7 > date.days_in_month() {
            patterns.push(Self::Last(month, weekday));
        }
        if day <= length {
            patterns.push(Self::Fixed(month, day));
        }
        let from = (day - 6).max(1)..=day.min(length - 6);
        patterns.extend(from.map(|from| Self::From(month, weekday, from)));
        patterns
    }

    fn matches(self, date: Date) -> bool {
        let is = |month, weekday| date.month() == month && date.weekday() == weekday;
        match self {
            Self::Nth(month, weekday, nth) => is(month, weekday) && (date.day() - 1) / 7 + 1 == nth,
            Self::Last(month, weekday) => {
                is(month, weekday) && date.day() + 7 > date.days_in_month()
            }
            Self::Fixed(month, day) => date.month() == month && date.day() == day,
            Self::From(month, weekday, from) => {
                is(month, weekday) && (from..from + 7).contains(&date.day())
            }
        }
    }

    /// The recurrence rule that says it.
    pub(super) fn rule(self) -> String {
        let yearly = |month| format!("FREQ=YEARLY;BYMONTH={month}");
        match self {
            Self::Nth(month, weekday, nth) => {
                format!("{};BYDAY={nth}{}", yearly(month), two(weekday))
            }
            Self::Last(month, weekday) => format!("{};BYDAY=-1{}", yearly(month), two(weekday)),
            Self::Fixed(month, day) => format!("{};BYMONTHDAY={day}", yearly(month)),
            Self::From(month, weekday, from) => {
                let days: Vec<String> = (from..from + 7).map(|it| it.to_string()).collect();
                format!("{};BYMONTHDAY={};BYDAY={}", yearly(month), days.join(","), two(weekday))
            }
        }
    }
}

const fn two(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}
