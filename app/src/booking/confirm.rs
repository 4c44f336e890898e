//! Turning a hold into a booking, once, whatever is clicked twice.

use std::net::IpAddr;

use ical::author::{BookingEvent, booking};
use model::id::{BookingId, EventTypeId, HoldId, UserId};
use model::interval::Interval;
use model::limit::{EMAIL_MAX_BYTES, HOLD_S, NAME_MAX_BYTES, NOTES_MAX_BYTES};
use storage::record::{BookingRecord, HoldRecord};
use storage::{Tx, WriteError, table};

use crate::App;
use crate::booking::{count_booking, release};
use crate::calendar::Condition;
use crate::commit::{BusyPlan, ObjectPlan, change_object};
use crate::context::{Actor, Ctx};
use crate::host::OfferedType;
use crate::index::{Collection, User};
use crate::planned::{BOOKING_UID, Gaps, Text, source_of, spans_of};
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

/// What a visitor fills in.
#[derive(Clone, Debug)]
pub struct ConfirmForm {
    /// Their name.
    pub name: String,
    /// Where they can be written to.
    pub email: String,
    /// Where they can be called, or nothing.
    pub phone: String,
    /// What they want to say, or nothing.
    pub notes: String,
    /// The IANA name of the zone in which they saw the time.
    pub zone: String,
    /// The address that the form came from.
    pub from: IpAddr,
}

/// A booking that was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Confirmed {
    /// Its identity.
    pub id: BookingId,
    /// The secret by which it can be managed.
    pub token: String,
}

impl App {
    /// Makes the booking of a hold; the same hold twice makes one booking.
    ///
    /// A hold that lapsed is good as long as its time is still free.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] with what is wrong in the form, [`Refusal::NotFound`] if the
    /// hold is not this visitor's, [`Refusal::Unavailable`] with the next times if it is taken.
    pub async fn confirm(
        &self,
        ctx: &Ctx,
        hold: HoldId,
        form: &ConfirmForm,
    ) -> Result<Confirmed, Refusal> {
        let Actor::Visitor(visitor) = ctx.actor else { return Err(Refusal::Forbidden) };
        check_form(form)?;
        let key = table::hold(hold);
        let record = self.store.read(&key)?.filter(|it| it.visitor == visitor.0);
        let record = record.ok_or(Refusal::NotFound)?;
        let host_id = UserId::from_bytes(record.host);
        permit(ctx.actor, Action::Book, host_id)?;
        let host = self.index.user(host_id).ok_or(Refusal::NotFound)?;
        let collection = self.bookings_of(&host)?;
        let id = BookingId::random();
        let offered = self.offered_by_id(ctx, &host, EventTypeId::from_bytes(record.event_type))?;
        let making = Making { app: self, ctx, id, host: &host, collection: &collection, form };
        let text = making.text(&offered, &record)?;
        let change = ctx.change("confirm", &id.to_string());
        let made = self.store.write(&change, |tx| making.make(tx, hold, &text)).await;
        match made {
            Ok(id) => Ok(Confirmed { id, token: self.secrets.booking_token(id) }),
            Err(cause) => {
                let span = span_of(&record);
                let duration_min = u16::try_from(span.length_s() / 60).unwrap_or(0);
                let asking = self.asking(ctx, &host, offered, duration_min, span, None)?;
                Err(self.with_next(ctx, &asking, &host, span.start(), cause.into(), None))
            }
        }
    }

    /// The calendar that a host's bookings are written to.
    pub(crate) fn bookings_of(&self, host: &User) -> Result<std::sync::Arc<Collection>, Refusal> {
        let mut collections = self.index.collections(host.id).into_iter();
        collections.find(|it| it.is_for_bookings()).ok_or(Refusal::NotFound)
    }

    /// What is offered under that identity.
    pub(crate) fn offered_by_id(
        &self,
        ctx: &Ctx,
        host: &User,
        id: EventTypeId,
    ) -> Result<OfferedType, Refusal> {
        let page = self.host_page(ctx, &host.name)?;
        page.types.into_iter().find(|it| it.event_type.id == id).ok_or(Refusal::NotFound)
    }
}

/// One booking in the making.
struct Making<'a> {
    app: &'a App,
    ctx: &'a Ctx,
    id: BookingId,
    host: &'a User,
    collection: &'a Collection,
    form: &'a ConfirmForm,
}

impl Making<'_> {
    fn name(&self) -> String {
        format!("{}.ics", self.id)
    }

    /// The event as the host will see it.
    fn text(&self, offered: &OfferedType, hold: &HoldRecord) -> Result<Text, Refusal> {
        let description = describe(self.form);
        let event = BookingEvent {
            uid: &format!("{}{BOOKING_UID}", self.id),
            span: span_of(hold),
            summary: &format!("{} with {}", offered.event_type.title, self.form.name),
            description: &description,
            location: &offered.event_type.place,
            booking: &self.id.to_string(),
            sequence: 0,
            now: self.ctx.now,
        };
        self.app.read_text(self.host, self.collection, &booking(&event), self.ctx.now)
    }

    /// Checks the slot once more, then writes hold, booking, event and busy time together.
    fn make(
        &self,
        tx: &mut Tx<'_>,
        hold: HoldId,
        text: &Text,
    ) -> Result<BookingId, WriteError<Refusal>> {
        let key = table::hold(hold);
        let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
        if let Some(made) = record.booking {
            return Ok(BookingId::from_bytes(made));
        }
        let now = self.ctx.now;
        // A hold that is still good keeps the notice that it was taken with (R5).
        let notice_from = if record.expires > now { record.expires - HOLD_S } else { now };
        let when = (*hold.as_bytes(), now, notice_from.min(now));
        let event_type = EventTypeId::from_bytes(record.event_type);
        let span = span_of(&record);
        let offered = self.app.check_slot(tx, self.host.id, event_type, span, when)?;
        count_booking(tx, self.form.from, now)?;
        release(tx, &record, *hold.as_bytes(), now)?;
        record.booking = Some(*self.id.as_bytes());
        tx.put(&key, &record);
        let name = self.name();
        let booking = self.record(&offered, &record, &name);
        tx.put(&table::booking(self.id), &booking);
        let source = source_of(self.collection, &name);
        let spans = spans_of(text, self.collection, source, Gaps::from(&booking));
        let busy = BusyPlan { source, spans, is_exclusive: true, ..BusyPlan::default() };
        let plan = ObjectPlan {
            collection: self.collection,
            name: &name,
            base: None,
            condition: &Condition::default(),
            text: Some(text),
            properties: &[],
            busy,
            booking: None,
            now,
        };
        change_object(tx, &plan)?;
        Ok(self.id)
    }

    fn record(&self, offered: &OfferedType, hold: &HoldRecord, object: &str) -> BookingRecord {
        BookingRecord {
            host: hold.host,
            event_type: hold.event_type,
            start: hold.start,
            end: hold.end,
            before_s: offered.event_type.before_s,
            after_s: offered.event_type.after_s,
            visitor_name: self.form.name.trim().to_owned(),
            visitor_email: self.form.email.trim().to_owned(),
            visitor_phone: self.form.phone.trim().to_owned(),
            visitor_notes: self.form.notes.trim().to_owned(),
            visitor_zone: self.form.zone.clone(),
            is_cancelled: false,
            collection: *self.collection.id.as_bytes(),
            object: object.to_owned(),
            sequence: 0,
            created: self.ctx.now,
        }
    }
}

pub(crate) fn span_of(hold: &HoldRecord) -> Interval {
    Interval::from(hold.start, u32::try_from(hold.end - hold.start).unwrap_or(1))
}

/// What the host reads in the event.
fn describe(form: &ConfirmForm) -> String {
    let lines = [
        ("Name", &form.name),
        ("E-mail", &form.email),
        ("Telephone", &form.phone),
        ("Notes", &form.notes),
    ];
    let told = lines.iter().filter(|it| !it.1.trim().is_empty());
    told.map(|(what, value)| format!("{what}: {}", value.trim())).collect::<Vec<_>>().join("\n")
}

fn check_form(form: &ConfirmForm) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::BadRequest(why.to_owned()));
    if form.name.trim().is_empty() {
        return bad("Please tell us your name.");
    }
    if form.name.len() > NAME_MAX_BYTES || form.phone.len() > NAME_MAX_BYTES {
        return bad("The name or the telephone number is too long.");
    }
    let email = form.email.trim();
    let parts = email.split_once('@');
    let is_address = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    let is_clean = !email.contains(|it: char| it.is_whitespace() || it.is_control());
    if !is_address || !is_clean || email.len() > EMAIL_MAX_BYTES {
        return bad("Please give an e-mail address, such as name@example.org.");
    }
    if form.notes.len() > NOTES_MAX_BYTES {
        return bad("The notes are too long.");
    }
    Ok(())
}
