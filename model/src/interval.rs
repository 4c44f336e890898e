//! Half-open spans of UTC time, and the only overlap test in the product.

/// A moment in UTC: whole seconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;

/// Seconds in a UTC day.
pub const DAY_S: i64 = 86_400;

/// The seconds from `start` up to, but not including, `end`.
///
/// Half-open, so that a meeting ending at 10:00 and one starting at 10:00 do
/// not touch: RFC 4791 §9.9 tests `start < DTEND AND end > DTSTART`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Interval {
    start: Instant,
    end: Instant,
}

/// The two ends were given in the wrong order, or are equal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EmptyInterval;

impl Interval {
    /// All of time that the product knows: years 1 to 9999.
    pub const EVER: Self = Self { start: -62_135_596_800, end: 253_402_300_800 };

    /// The span from `start` to `end`, both in seconds since the epoch.
    ///
    /// # Errors
    ///
    /// [`EmptyInterval`] unless `start < end`.
    pub const fn new(start: Instant, end: Instant) -> Result<Self, EmptyInterval> {
        if start < end { Ok(Self { start, end }) } else { Err(EmptyInterval) }
    }

    /// The `length_s` seconds that begin at `start`; at least one second.
    pub fn from(start: Instant, length_s: u32) -> Self {
        Self { start, end: start + i64::from(length_s.max(1)) }
    }

    /// Whether the two spans share at least one second.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether every second of `other` lies in this span.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether `at` lies in this span.
    pub const fn holds(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// The seconds that both spans share, if there are any.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// The same span with `before_s` and `after_s` seconds of buffer added.
    #[must_use]
    pub fn widened(self, before_s: u32, after_s: u32) -> Self {
        Self { start: self.start - i64::from(before_s), end: self.end + i64::from(after_s) }
    }

    /// The first second of the span.
    pub const fn start(self) -> Instant {
        self.start
    }

    /// The first second after the span.
    pub const fn end(self) -> Instant {
        self.end
    }

    /// The length of the span, in seconds; more than zero.
    pub const fn length_s(self) -> i64 {
        self.end - self.start
    }

    /// The UTC days, counted from the epoch, that the span touches.
    pub fn utc_days(self) -> std::ops::RangeInclusive<i64> {
        self.start.div_euclid(DAY_S)..=(self.end - 1).div_euclid(DAY_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_half_open_and_symmetric() {
        let cases = [
            ("ends where busy starts", (540, 600), false),
            ("ends one second in", (540, 601), true),
            ("fills it exactly", (600, 660), true),
            ("inside", (610, 650), true),
            ("covers it", (500, 700), true),
            ("starts one second before its end", (659, 700), true),
            ("starts where busy ends", (660, 700), false),
        ];
        let busy = Interval::new(600, 660).unwrap();
        for (case, (start, end), expected) in cases {
            let asked = Interval::new(start, end).unwrap();
            assert_eq!(busy.overlaps(asked), expected, "{case}");
            assert_eq!(asked.overlaps(busy), expected, "{case}, asked the other way round");
        }
    }

    #[test]
    fn empty_and_backward_spans_are_refused() {
        assert_eq!(Interval::new(5, 5), Err(EmptyInterval));
        assert_eq!(Interval::new(6, 5), Err(EmptyInterval));
    }

    #[test]
    fn a_span_that_ends_at_midnight_does_not_touch_the_next_day() {
        let span = Interval::new(DAY_S - 60, DAY_S).unwrap();
        assert_eq!(span.utc_days(), 0..=0);
        assert_eq!(Interval::new(-1, 1).unwrap().utc_days(), -1..=0);
    }
}
