//! Sets of time obey the algebra of the seconds they hold.

mod setting;

use proptest::collection::vec;
use proptest::prelude::*;
use setting::{interval, tries};
use slots::set::Set;

/// Starts and ends of spans, in no order; they may touch and overlap.
type Spans = Vec<(i64, i64)>;

/// What a property answers: nothing, or the input that breaks it.
type Tried = Result<(), TestCaseError>;

/// All seconds that a set of this file can hold, even when it was widened.
const SECONDS: std::ops::Range<i64> = -60..300;

proptest! {
    #![proptest_config(tries(128))]

    #[test]
    fn a_set_holds_what_its_spans_hold_whatever_their_order(a in spans()) {
        holds_exactly(&set(&a), |t| in_any(&a, t))?;
        let backward: Spans = a.iter().rev().copied().collect();
        prop_assert_eq!(set(&backward), set(&a));
        let seconds = SECONDS.filter(|t| in_any(&a, *t)).map(|_| 1i64).sum::<i64>();
        prop_assert_eq!(set(&a).total_s(), seconds);
    }

    #[test]
    fn the_union_holds_what_either_holds(a in spans(), b in spans()) {
        holds_exactly(&set(&a).union(&set(&b)), |t| in_any(&a, t) || in_any(&b, t))?;
    }

    #[test]
    fn the_intersection_holds_what_both_hold(a in spans(), b in spans()) {
        holds_exactly(&set(&a).intersect(&set(&b)), |t| in_any(&a, t) && in_any(&b, t))?;
    }

    #[test]
    fn the_difference_holds_what_only_the_first_holds(a in spans(), b in spans()) {
        holds_exactly(&set(&a).subtract(&set(&b)), |t| in_any(&a, t) && !in_any(&b, t))?;
    }

    #[test]
    fn difference_and_intersection_make_the_whole_again(a in spans(), b in spans()) {
        let left = set(&a).subtract(&set(&b));
        let shared = set(&a).intersect(&set(&b));
        prop_assert_eq!(left.union(&shared), set(&a));
    }

    #[test]
    fn clipping_keeps_what_lies_in_the_span(a in spans(), cut in span()) {
        let clipped = set(&a).clip(interval(cut.0, cut.1));
        holds_exactly(&clipped, |t| in_any(&a, t) && in_any(&[cut], t))?;
    }

    #[test]
    fn dilating_reaches_that_far_before_and_after(a in spans(), by in (0i64..40, 0i64..40)) {
        let wider = set(&a).dilate(by.0, by.1);
        holds_exactly(&wider, |t| (t - by.1..=t + by.0).any(|near| in_any(&a, near)))?;
    }

    #[test]
    fn eroding_keeps_what_has_that_much_around_it(a in spans(), by in (0i64..15, 0i64..15)) {
        let narrower = set(&a).erode(by.0, by.1);
        holds_exactly(&narrower, |t| (t - by.0..=t + by.1).all(|near| in_any(&a, near)))?;
    }

    #[test]
    fn a_set_covers_a_span_of_which_it_holds_every_second(a in spans(), asked in span()) {
        let expected = (asked.0..asked.1).all(|t| in_any(&a, t));
        prop_assert_eq!(set(&a).covers(interval(asked.0, asked.1)), expected);
    }
}

#[test]
fn spans_that_touch_or_overlap_become_one() {
    let rows: [(&str, Spans, Spans); 6] = [
        ("nothing", vec![], vec![]),
        ("apart", vec![(0, 10), (11, 20)], vec![(0, 10), (11, 20)]),
        ("touching", vec![(0, 10), (10, 20)], vec![(0, 20)]),
        ("overlapping, given backward", vec![(9, 20), (0, 10)], vec![(0, 20)]),
        ("one within another", vec![(0, 20), (5, 10)], vec![(0, 20)]),
        ("twice the same, then more", vec![(0, 5), (0, 5), (2, 7)], vec![(0, 7)]),
    ];
    for (case, given, expected) in rows {
        assert_eq!(shown(&set(&given)), expected, "{case}");
    }
}

#[test]
fn dilating_joins_what_it_brings_together() {
    let rows: [(&str, Spans, (i64, i64), Spans); 6] = [
        ("nothing stays nothing", vec![], (5, 5), vec![]),
        ("by nothing", vec![(10, 20), (25, 30)], (0, 0), vec![(10, 20), (25, 30)]),
        ("still apart", vec![(10, 20), (25, 30)], (2, 2), vec![(8, 22), (23, 32)]),
        ("touching through one side", vec![(10, 20), (25, 30)], (0, 5), vec![(10, 35)]),
        ("touching through both sides", vec![(10, 20), (25, 30)], (3, 2), vec![(7, 32)]),
        ("before the epoch", vec![(0, 1)], (10, 0), vec![(-10, 1)]),
    ];
    for (case, given, (before_s, after_s), expected) in rows {
        assert_eq!(shown(&set(&given).dilate(before_s, after_s)), expected, "{case}");
    }
}

#[test]
fn eroding_drops_what_has_nothing_left() {
    let rows: [(&str, Spans, (i64, i64), Spans); 7] = [
        ("nothing stays nothing", vec![], (5, 5), vec![]),
        ("by nothing", vec![(10, 20), (25, 30)], (0, 0), vec![(10, 20), (25, 30)]),
        ("from both ends", vec![(10, 20), (25, 30)], (2, 2), vec![(12, 18), (27, 28)]),
        ("a span just used up", vec![(10, 20), (25, 30)], (0, 5), vec![(10, 15)]),
        ("both used up", vec![(10, 20), (25, 30)], (5, 5), vec![]),
        ("more than there was", vec![(10, 20)], (100, 100), vec![]),
        ("touching spans are one", vec![(0, 10), (10, 20)], (1, 1), vec![(1, 19)]),
    ];
    for (case, given, (left_s, right_s), expected) in rows {
        assert_eq!(shown(&set(&given).erode(left_s, right_s)), expected, "{case}");
    }
}

#[test]
fn covering_asks_for_every_second() {
    let rows = [
        ("the same span", (10, 20), true),
        ("inside", (12, 15), true),
        ("one second too early", (9, 11), false),
        ("one second too late", (19, 21), false),
        ("across the hole", (15, 35), false),
        ("from the end of a span", (20, 21), false),
        ("up to the start of a span", (29, 30), false),
        ("across two spans that touch", (35, 45), true),
        ("far away", (1_000, 1_001), false),
    ];
    let set = set(&[(10, 20), (30, 40), (40, 50)]);
    for (case, (start, end), expected) in rows {
        assert_eq!(set.covers(interval(start, end)), expected, "{case}");
    }
}

#[test]
fn an_empty_set_covers_nothing_and_lasts_no_time() {
    let empty = set(&[]);
    assert!(!empty.covers(interval(0, 1)));
    assert_eq!(empty.total_s(), 0);
    assert_eq!(empty.iter().count(), 0);
}

#[test]
fn clipping_is_half_open() {
    let rows: [(&str, (i64, i64), Spans); 4] = [
        ("parts of both", (5, 25), vec![(5, 10), (20, 25)]),
        ("only the hole", (10, 20), vec![]),
        ("one second of each", (9, 21), vec![(9, 10), (20, 21)]),
        ("more than there is", (-50, 50), vec![(0, 10), (20, 30)]),
    ];
    for (case, (start, end), expected) in rows {
        let clipped = set(&[(0, 10), (20, 30)]).clip(interval(start, end));
        assert_eq!(shown(&clipped), expected, "{case}");
    }
}

/// Whether `found` holds just the expected seconds, in spans that are sorted and do not touch.
fn holds_exactly(found: &Set, expected: impl Fn(i64) -> bool) -> Tried {
    let spans = shown(found);
    let is_sorted = spans.windows(2).all(|pair| pair[0].1 < pair[1].0);
    prop_assert!(is_sorted, "spans touch or are out of order: {:?}", spans);
    for t in SECONDS {
        prop_assert_eq!(in_any(&spans, t), expected(t), "second {} of {:?}", t, spans);
    }
    Ok(())
}

fn in_any(spans: &[(i64, i64)], t: i64) -> bool {
    spans.iter().any(|&(start, end)| start <= t && t < end)
}

fn set(spans: &[(i64, i64)]) -> Set {
    Set::new(spans.iter().map(|&(start, end)| interval(start, end)))
}

fn shown(set: &Set) -> Spans {
    set.iter().map(|span| (span.start(), span.end())).collect()
}

fn spans() -> impl Strategy<Value = Spans> {
    vec(span(), 0..8)
}

fn span() -> impl Strategy<Value = (i64, i64)> {
    (0i64..200, 1i64..40).prop_map(|(start, length)| (start, start + length))
}
