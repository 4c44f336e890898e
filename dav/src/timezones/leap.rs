//! `leapseconds`: how far the clocks of atoms are ahead (RFC 7808 §5.6).

use serde_json::{Value, json};

use super::{DAY, json};
use crate::Answer;

/// The last day that the table tells of, and the day it was published (IERS Bulletin C 70).
const EXPIRES: &str = "2026-06-28";
/// See [`EXPIRES`].
const VERSION: &str = "2025-07-07";
/// Seconds from UTC to TAI when leap seconds began.
const FIRST_S: i32 = 10;
/// Since when each offset holds; each is one second more than the one before.
const ONSETS: &[&str] = &[
    "1972-01-01",
    "1972-07-01",
    "1973-01-01",
    "1974-01-01",
    "1975-01-01",
    "1976-01-01",
    "1977-01-01",
    "1978-01-01",
    "1979-01-01",
    "1980-01-01",
    "1981-07-01",
    "1982-07-01",
    "1983-07-01",
    "1985-07-01",
    "1988-01-01",
    "1990-01-01",
    "1991-01-01",
    "1992-07-01",
    "1993-07-01",
    "1994-07-01",
    "1996-01-01",
    "1997-07-01",
    "1999-01-01",
    "2006-01-01",
    "2009-01-01",
    "2012-07-01",
    "2015-07-01",
    "2017-01-01",
];

pub(super) fn respond() -> Answer {
    let seconds = (FIRST_S..).zip(ONSETS);
    let seconds = seconds.map(|(offset, onset)| json!({ "utc-offset": offset, "onset": onset }));
    json(
        &json!({
            "expires": EXPIRES,
            "publisher": "IERS",
            "version": VERSION,
            "leapseconds": seconds.collect::<Vec<Value>>(),
        }),
        DAY,
    )
}
