//! Looking at a booking by the secret link that whoever booked was given.

use std::sync::Arc;

use ical::author::{BookingEvent, booking};
use model::booking::Booking;
use model::id::{BookingId, HoldId};
use storage::table;

use crate::App;
use crate::booking::booking_of;
use crate::booking::confirm::span_of;
use crate::booking::hold::Held;
use crate::context::{Actor, Ctx};
use crate::host::OfferedType;
use crate::index::User;
use crate::planned::BOOKING_UID;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

/// A booking as whoever booked sees it.
#[derive(Clone, Debug)]
pub struct ManagedBooking {
    /// The booking.
    pub booking: Booking,
    /// Its host.
    pub host: Arc<User>,
    /// What was booked, if it is still offered.
    pub offered: Option<OfferedType>,
}

impl App {
    /// The booking that `token` was given out for.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it was given out for none.
    pub fn managed(&self, ctx: &Ctx, token: &str) -> Result<ManagedBooking, Refusal> {
        let (id, record) = self.booking_by(token)?;
        let booking = booking_of(id, &record);
        permit(ctx.actor, Action::Book, booking.host)?;
        let host = self.index.user(booking.host).ok_or(Refusal::NotFound)?;
        let offered = self.offered_by_id(ctx, &host, booking.event_type).ok();
        Ok(ManagedBooking { booking, host, offered })
    }

    pub(crate) fn booking_by(
        &self,
        token: &str,
    ) -> Result<(BookingId, storage::record::BookingRecord), Refusal> {
        let id = self.secrets.booking_of(token).ok_or(Refusal::NotFound)?;
        let record = self.store.read(&table::booking(id))?.ok_or(Refusal::NotFound)?;
        Ok((id, record))
    }

    /// The event of a booking for the visitor's own calendar.
    pub fn visitor_event(&self, ctx: &Ctx, managed: &ManagedBooking) -> Vec<u8> {
        let title = managed.offered.as_ref().map_or("Meeting", |it| it.event_type.title.as_str());
        let place = managed.offered.as_ref().map_or("", |it| it.event_type.place.as_str());
        booking(&BookingEvent {
            uid: &format!("{}{BOOKING_UID}", managed.booking.id),
            span: managed.booking.span,
            summary: &format!("{title} with {}", managed.host.display_name),
            description: &managed.booking.visitor.notes,
            location: place,
            booking: &managed.booking.id.to_string(),
            sequence: managed.booking.sequence,
            now: ctx.now,
        })
    }

    /// A hold of the visitor who asks, with what is being booked.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it is not theirs.
    pub fn held(
        &self,
        ctx: &Ctx,
        id: HoldId,
    ) -> Result<(Arc<User>, OfferedType, Held, Option<String>), Refusal> {
        let Actor::Visitor(visitor) = ctx.actor else { return Err(Refusal::Forbidden) };
        let record = self.store.read(&table::hold(id))?.filter(|it| it.visitor == visitor.0);
        let record = record.ok_or(Refusal::NotFound)?;
        let host = model::id::UserId::from_bytes(record.host);
        let host = self.index.user(host).ok_or(Refusal::NotFound)?;
        let event_type = model::id::EventTypeId::from_bytes(record.event_type);
        let offered = self.offered_by_id(ctx, &host, event_type)?;
        let made = record.booking.map(|it| self.secrets.booking_token(BookingId::from_bytes(it)));
        let held = Held { id, span: span_of(&record), expires: record.expires };
        Ok((host, offered, held, made))
    }

    /// What proves that a form was made for this visitor.
    pub fn form_token(&self, visitor: crate::VisitorToken) -> String {
        self.secrets.form_token(&visitor.0)
    }

    /// Whether `token` is what [`Self::form_token`] gave this visitor.
    pub fn is_form_token(&self, visitor: crate::VisitorToken, token: &str) -> bool {
        crate::secret::same(self.secrets.form_token(&visitor.0).as_bytes(), token.as_bytes())
    }
}
