//! How much a rule makes within one of its periods, and what it takes to look for it.

use super::rule::{Frequency, Rule};

/// Entries of lists that are compared in the time that one day takes to be looked at.
const ENTRIES_PER_STEP: usize = 32;
/// Months that a year of any calendar system has at most.
const MONTHS: usize = 13;
/// Days that a year has at most, and a month, in any calendar system.
const DAYS: (usize, usize) = (400, 31);

impl Rule {
    /// The times that it makes within one period, at most.
    pub(crate) fn times_per_period(&self) -> usize {
        let of_list =
            |list: &[u8], all: usize| if list.is_empty() { 1 } else { list.len().min(all) };
        let seconds = of_list(&self.by_second, 60);
        let minutes = of_list(&self.by_minute, 60);
        let hours = of_list(&self.by_hour, 24);
        match self.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => seconds,
            Frequency::Hourly => minutes * seconds,
            _ => self.days_per_period() * hours * minutes * seconds,
        }
    }

    /// The days of one period on which it may occur, at most.
    fn days_per_period(&self) -> usize {
        let (months, month_days, year_days) = match &self.foreign {
            Some(it) => (it.months.len(), it.month_days.len(), it.year_days.len()),
            None => (self.by_month.len(), self.by_month_day.len(), self.by_year_day.len()),
        };
        let has_days = month_days + year_days + self.by_day.len() + self.by_week_no.len() > 0;
        // A list that is empty does not narrow anything.
        let narrowed = |count: usize, by: usize| if by == 0 { count } else { count.min(by) };
        // Plain weekdays come each week, numbered ones once.
        let weekdays = |weeks: usize| -> usize {
            self.by_day.iter().map(|it| if it.0 == 0 { weeks } else { 1 }).sum()
        };
        match self.frequency {
            Frequency::Yearly if !has_days => months.max(1),
            Frequency::Yearly => {
                let months = if months == 0 { MONTHS } else { months };
                let by_months = months * narrowed(DAYS.1, month_days);
                let by_weeks = self.by_week_no.len() * 7;
                let by_weekdays = weekdays(54).max(months.min(12) * weekdays(5));
                let days = narrowed(narrowed(DAYS.0, by_months), year_days);
                narrowed(narrowed(days, by_weeks), by_weekdays)
            }
            Frequency::Monthly if !has_days => 1,
            Frequency::Monthly => narrowed(narrowed(DAYS.1, month_days), weekdays(5)),
            Frequency::Weekly => narrowed(7, self.by_day.len().max(1)),
            _ => 1,
        }
    }

    /// The steps that it takes to look at `days` days of a period.
    pub(super) fn steps_for(&self, days: usize) -> usize {
        let entries = self.by_day.len()
            + self.by_month_day.len()
            + self.by_year_day.len()
            + self.by_week_no.len();
        1 + days * (1 + entries / ENTRIES_PER_STEP) + self.by_set_pos.len() / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_period_may_hold_is_told_by_its_lists() {
        let cases = [
            ("FREQ=SECONDLY;BYHOUR=1,2;BYMINUTE=3,4;BYSECOND=5,6", 1),
            ("FREQ=MINUTELY;BYHOUR=1,2;BYSECOND=0,30", 2),
            ("FREQ=HOURLY;BYMINUTE=0,15,30,45;BYSECOND=0,30", 8),
            ("FREQ=DAILY;BYHOUR=8,12,18;BYMINUTE=0,30", 6),
            ("FREQ=WEEKLY;BYHOUR=8,12", 2),
            ("FREQ=WEEKLY;BYDAY=MO,TU,WE;BYHOUR=8,12", 6),
            ("FREQ=MONTHLY;BYHOUR=8,12", 2),
            ("FREQ=MONTHLY;BYDAY=MO,2TU;BYHOUR=8", 6),
            ("FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYDAY=MO,TU", 3),
            ("FREQ=YEARLY", 1),
            ("FREQ=YEARLY;BYMONTH=1,2,3", 3),
            ("FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=1,-1", 4),
            ("FREQ=YEARLY;BYYEARDAY=1,100,200;BYHOUR=1,2", 6),
            ("FREQ=YEARLY;BYWEEKNO=1,2;BYHOUR=1,2", 28),
            ("FREQ=YEARLY;BYDAY=1MO", 12),
            ("RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8,9", 2),
        ];
        for (text, expected) in cases {
            assert_eq!(Rule::parse(text).unwrap().times_per_period(), expected, "{text}");
        }
    }
}
