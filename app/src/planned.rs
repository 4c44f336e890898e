//! What a change of a calendar object will do, worked out before the transaction.

use std::collections::BTreeSet;

use ical::freebusy::{Certainty, Taken, taken};
use ical::{Context, Document, Summary, span, validate};
use model::id::BookingId;
use model::interval::{DAY_S, Instant, Interval};
use model::limit::{HORIZON_DAYS, LONG_SPAN_DAYS, OBJECT_INSTANCES_MAX};
use model::zone::Zone;
use storage::record::{BookingRecord, BusyKind, BusySpanRecord, Id};
use storage::table::LONG;

use crate::App;
use crate::index::{Collection, User};
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// A calendar object's text and what was read from it.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: Id,
    pub(crate) summary: Summary,
    pub(crate) span: ical::Span,
    /// The time it takes of its owner, up to the horizon.
    pub(crate) taken: Vec<Taken>,
    /// Whether that is not all: what cannot be written out would look free.
    pub(crate) is_cut: bool,
    /// Whether it says that it will not take place.
    pub(crate) is_cancelled: bool,
    /// The booking that its UID says it is the event of.
    pub(crate) booking: Option<BookingId>,
    /// The media type of what is no calendar object.
    pub(crate) media_type: Option<String>,
}

/// What follows the booking's identifier in the UID of its event.
pub(crate) const BOOKING_UID: &str = "@bookdav";

impl Text {
    /// What is no calendar object: nothing is read from it.
    pub(crate) fn of_file(bytes: &[u8], media_type: &str) -> Self {
        Self {
            bytes: bytes.to_vec(),
            etag: short_hash(&[bytes]),
            summary: Summary { uid: String::new(), component: String::new() },
            span: ical::Span { first: 0, last: 0, is_loose: false },
            taken: Vec::new(),
            is_cut: false,
            is_cancelled: false,
            booking: None,
            media_type: Some(media_type.to_owned()),
        }
    }

    /// When the event takes place, if that is one time and it is to take place at all.
    pub(crate) fn meeting(&self) -> Option<Interval> {
        let is_single = !self.span.is_loose && !self.is_cancelled;
        Interval::new(self.span.first, self.span.last).ok().filter(|_| is_single)
    }
}

/// The gaps and kind with which an object takes time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gaps {
    pub(crate) before_s: u32,
    pub(crate) after_s: u32,
    pub(crate) event_type: Option<Id>,
}

impl From<&BookingRecord> for Gaps {
    fn from(booking: &BookingRecord) -> Self {
        Self {
            before_s: booking.before_s,
            after_s: booking.after_s,
            event_type: Some(booking.event_type),
        }
    }
}

impl App {
    /// Reads `bytes` as a calendar object of `collection`.
    pub(crate) fn read_text(
        &self,
        owner: &User,
        collection: &Collection,
        bytes: &[u8],
        now: Instant,
    ) -> Result<Text, Refusal> {
        let document = Document::parse(bytes)?;
        let summary = validate(&document)?;
        let floating = self.floating(owner, collection);
        let context = Context::new(&self.zones, &floating);
        let span = span(&document, &context)?;
        let window = horizon(now);
        let may_touch = span.first < window.end() && window.start() <= span.last;
        let (taken, is_cut) = if may_touch && collection.takes_time {
            taken(&document, window, &context, &owner.email, OBJECT_INSTANCES_MAX)?
        } else {
            (Vec::new(), false)
        };
        let is_cut = is_cut && !taken.is_empty();
        // The UID stays where a program drops properties that it does not know.
        let booking = summary.uid.strip_suffix(BOOKING_UID).and_then(|it| it.parse().ok());
        let is_cancelled = document
            .calendar()
            .children()
            .all(|it| it.value("STATUS").is_some_and(|it| it.eq_ignore_ascii_case("CANCELLED")));
        let etag = short_hash(&[bytes]);
        let media_type = None;
        let bytes = bytes.to_vec();
        Ok(Text { bytes, etag, summary, span, taken, is_cut, is_cancelled, booking, media_type })
    }

    /// The zone of dates and floating times: the calendar's, or else its owner's.
    pub(crate) fn floating(&self, owner: &User, collection: &Collection) -> Zone {
        let property = collection.property("urn:ietf:params:xml:ns:caldav", "calendar-timezone");
        let named = property.and_then(|it| {
            let (_, rest) = it.xml.split_once("TZID:")?;
            let name = rest.split(['\r', '\n', '&', '<']).next()?;
            self.zones.of_tzid(name)
        });
        named.unwrap_or_else(|| owner.zone.clone())
    }
}

/// The stretch for which busy time is written out.
pub(crate) fn horizon(now: Instant) -> Interval {
    let today = now.div_euclid(DAY_S) * DAY_S;
    let days = u32::try_from((HORIZON_DAYS + 1) * DAY_S).unwrap_or(u32::MAX);
    Interval::from(today - DAY_S, days)
}

/// The mark by which an object's spans are found in the busy days.
pub(crate) fn source_of(collection: &Collection, name: &str) -> Id {
    short_hash(&[collection.id.as_bytes(), name.as_bytes()])
}

/// The spans that `text` adds to the busy days of its owner.
pub(crate) fn spans_of(
    text: &Text,
    collection: &Collection,
    source: Id,
    gaps: Gaps,
) -> Vec<BusySpanRecord> {
    let kind = |certainty| match certainty {
        _ if collection.is_for_bookings() => BusyKind::Booked,
        Certainty::Busy => BusyKind::Calendar,
        Certainty::Tentative => BusyKind::Tentative,
    };
    let record = |it: &Taken| BusySpanRecord {
        start: it.span.start(),
        end: it.span.end(),
        before_s: gaps.before_s,
        after_s: gaps.after_s,
        kind: kind(it.certainty),
        source,
        event_type: gaps.event_type,
        expires: Instant::MAX,
    };
    text.taken.iter().map(record).collect()
}

/// The busy days that a span is written in.
pub(crate) fn days_of(span: &BusySpanRecord) -> Vec<i64> {
    match Interval::new(span.start, span.end) {
        Ok(whole) if whole.length_s() > LONG_SPAN_DAYS * DAY_S => vec![LONG],
        Ok(whole) => whole.utc_days().collect(),
        Err(_) => Vec::new(),
    }
}

/// The busy days that any of `spans` is written in.
pub(crate) fn all_days(spans: &[BusySpanRecord]) -> BTreeSet<i64> {
    spans.iter().flat_map(days_of).collect()
}
