//! Sets of time: sorted, disjoint spans with linear set algebra.

use model::interval::{Instant, Interval};

/// A set of instants, kept as sorted spans that neither overlap nor touch.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Set(Vec<Interval>);

impl Set {
    /// The instants that lie in any of `spans`, which may come in any order.
    pub fn new(spans: impl IntoIterator<Item = Interval>) -> Self {
        let mut spans: Vec<Interval> = spans.into_iter().collect();
        if !spans.is_sorted() {
            spans.sort_unstable();
        }
        let mut merged: Vec<Interval> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start() <= last.end() => *last = hull(*last, span),
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    /// The instants in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(self.iter().chain(other.iter()))
    }

    /// The instants in both sets.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut shared = Vec::new();
        while let (Some(&&a), Some(&&b)) = (mine.peek(), theirs.peek()) {
            shared.extend(a.intersect(b));
            if a.end() < b.end() {
                mine.next()
            } else {
                theirs.next()
            };
        }
        Self(shared)
    }

    /// The instants in this set that are not in `other`.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len());
        let mut others = other.0.iter().peekable();
        for span in self.iter() {
            let mut from = span.start();
            while others.peek().is_some_and(|it| it.end() <= from) {
                others.next();
            }
            for cut in others.clone().take_while(|it| it.start() < span.end()) {
                left.extend(Interval::new(from, cut.start()));
                from = from.max(cut.end());
            }
            left.extend(Interval::new(from, span.end()));
        }
        Self(left)
    }

    /// Every span made longer by `before_s` and `after_s` seconds.
    #[must_use]
    pub fn dilate(&self, before_s: i64, after_s: i64) -> Self {
        Self::new(moved(&self.0, -before_s, after_s))
    }

    /// Every span made shorter by `left_s` and `right_s` seconds; what is too short goes.
    #[must_use]
    pub fn erode(&self, left_s: i64, right_s: i64) -> Self {
        Self(moved(&self.0, left_s, -right_s).collect())
    }

    /// The part of the set that lies in `range`.
    #[must_use]
    pub fn clip(&self, range: Interval) -> Self {
        Self(self.iter().filter_map(|it| it.intersect(range)).collect())
    }

    /// Whether every second of `span` is in the set.
    pub fn covers(&self, span: Interval) -> bool {
        let after = self.0.partition_point(|it| it.start() <= span.start());
        after > 0 && self.0[after - 1].contains(span)
    }

    /// Whether `at` is in the set.
    pub fn holds(&self, at: Instant) -> bool {
        let after = self.0.partition_point(|it| it.start() <= at);
        after > 0 && self.0[after - 1].holds(at)
    }

    /// The spans, in order.
    pub fn iter(&self) -> impl Iterator<Item = Interval> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Seconds in the set.
    pub fn total_s(&self) -> i64 {
        self.iter().map(Interval::length_s).sum()
    }
}

fn hull(a: Interval, b: Interval) -> Interval {
    Interval::new(a.start().min(b.start()), a.end().max(b.end())).unwrap_or(a)
}

fn moved(spans: &[Interval], start_s: i64, end_s: i64) -> impl Iterator<Item = Interval> + '_ {
    spans.iter().filter_map(move |it| Interval::new(it.start() + start_s, it.end() + end_s).ok())
}
