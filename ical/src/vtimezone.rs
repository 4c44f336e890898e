//! A zone that only its own VTIMEZONE describes (RFC 5545 §3.6.5).
//!
//! Its observances are written out as transitions in the TZif format (RFC 8536),
//! which the zone library reads as it reads the system's files.

use jiff::civil::DateTime;
use model::limit::ZONE_STEPS_MAX;
use model::zone::{Zone, wall, wall_s};

use crate::document::Component;
use crate::moment;
use crate::recur::{Asked, Rule, Steps, Until, starts};

/// The year up to which observances that do not end are written out.
const LAST_YEAR: i16 = 2100;
/// Transitions of one zone, at most: two a year since before there were zones.
const TRANSITIONS_MAX: usize = 1_000;
/// STANDARD and DAYLIGHT components looked at.
const OBSERVANCES_MAX: usize = 200;

/// The zone that a VTIMEZONE describes, called `tzid`; nothing if that takes too long to tell.
pub(crate) fn zone(component: Component<'_>, tzid: &str) -> Option<Zone> {
    let mut transitions = Vec::new();
    let steps = Steps::at_most(ZONE_STEPS_MAX);
    for observance in component.children().take(OBSERVANCES_MAX) {
        onsets(observance, &mut transitions, &steps)?;
    }
    transitions.sort_unstable_by_key(|it| it.at);
    transitions.dedup_by_key(|it| it.at);
    let first = transitions.first()?;
    if transitions.len() == 1 && first.from_s == first.to_s {
        return Some(Zone::fixed(first.to_s));
    }
    Zone::from_tzif(tzid, &tzif(&transitions))
}

/// A change of offset.
#[derive(Clone, Copy)]
struct Transition {
    at: i64,
    from_s: i32,
    to_s: i32,
}

/// Adds every onset of one observance.
fn onsets(
    observance: Component<'_>,
    transitions: &mut Vec<Transition>,
    steps: &Steps<'_>,
) -> Option<()> {
    let from_s = offset(observance.value("TZOFFSETFROM")?)?;
    let to_s = offset(observance.value("TZOFFSETTO")?)?;
    let start = moment::date_time(observance.value("DTSTART")?)?.0;
    let mut add = |local: DateTime| {
        transitions.push(Transition { at: wall_s(local) - i64::from(from_s), from_s, to_s });
    };
    add(start);
    let until = DateTime::constant(LAST_YEAR, 1, 1, 0, 0, 0, 0);
    for property in observance.all("RRULE").take(4) {
        let mut rule = Rule::parse(property.value()).ok()?;
        if let Some(Until::Utc(at)) = rule.until {
            rule.until = Some(Until::Local(wall(at + i64::from(from_s))));
        }
        let from = start.max(DateTime::constant(1900, 1, 1, 0, 0, 0, 0));
        let asked = Asked { start, from, until, limit: TRANSITIONS_MAX, steps };
        starts(&rule, asked).into_iter().for_each(&mut add);
        if steps.are_over() {
            return None;
        }
    }
    for property in observance.all("RDATE").take(TRANSITIONS_MAX) {
        let values = property.value().split(',').take(TRANSITIONS_MAX);
        values.filter_map(|it| moment::date_time(it.trim())).for_each(|it| add(it.0));
    }
    (transitions.len() <= 20 * TRANSITIONS_MAX).then_some(())
}

/// `+HHMM` or `+HHMMSS`, within a day.
fn offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?;
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let number =
        |from: usize| digits.get(from..from + 2).map_or(Some(0), |it| it.parse::<i32>().ok());
    let total_s = number(0)? * 3600 + number(2)? * 60 + number(4)?;
    (total_s < 86_400).then_some(sign * total_s)
}

/// A version 2 file: an empty first block, then the transitions with 64-bit times.
fn tzif(transitions: &[Transition]) -> Vec<u8> {
    let mut offsets: Vec<i32> = vec![transitions[0].from_s];
    let mut indexes = Vec::with_capacity(transitions.len());
    for transition in transitions {
        let known = offsets.iter().position(|it| *it == transition.to_s);
        indexes.push(known.unwrap_or_else(|| {
            offsets.push(transition.to_s);
            offsets.len() - 1
        }));
    }
    // The type of time before the first transition is type 0; 255 types are the format's limit.
    offsets.truncate(255);
    let mut file = header([0, 1, 1]);
    file.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0]);
    file.extend(header([transitions.len(), offsets.len(), 4]));
    for transition in transitions {
        file.extend_from_slice(&transition.at.to_be_bytes());
    }
    file.extend(indexes.iter().map(|&it| u8::try_from(it.min(offsets.len() - 1)).unwrap_or(0)));
    for offset in &offsets {
        file.extend_from_slice(&offset.to_be_bytes());
        file.extend_from_slice(&[0, 0]);
    }
    file.extend_from_slice(b"LMT\0");
    let last = transitions.last().map_or(0, |it| it.to_s);
    file.extend_from_slice(format!("\n{}\n", posix(last)).as_bytes());
    file
}

/// The head of a block with that many transitions, types and letters.
fn header([transitions, types, letters]: [usize; 3]) -> Vec<u8> {
    let mut header = b"TZif2".to_vec();
    header.extend_from_slice(&[0; 15]);
    for count in [0, 0, 0, transitions, types, letters] {
        header.extend_from_slice(&u32::try_from(count).unwrap_or(0).to_be_bytes());
    }
    header
}

/// A zone of one offset in POSIX notation, whose sign is the other way round.
fn posix(offset_s: i32) -> String {
    let (sign, size) = if offset_s > 0 { ('-', offset_s) } else { ('+', -offset_s) };
    format!("<LMT>{sign}{:02}:{:02}:{:02}", size / 3600, size / 60 % 60, size % 60)
}
