//! Moving a booking: the old time is released and the new one taken in one commit (R16).

use ical::Document;
use ical::author::moved;
use model::id::{EventTypeId, UserId};
use model::interval::{Instant, Interval};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::Condition;
use crate::commit::change_object;
use crate::context::{Actor, Ctx};
use crate::planned::source_of;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

impl App {
    /// Moves the booking that `token` was given out for to `start`, for as long as it was.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] with the next times if that is taken: then nothing changed.
    pub async fn reschedule(&self, ctx: &Ctx, token: &str, start: Instant) -> Result<(), Refusal> {
        let (id, record) = self.booking_by(token)?;
        let host = UserId::from_bytes(record.host);
        permit(ctx.actor, Action::Book, host)?;
        if record.is_cancelled {
            return Err(Refusal::NotFound);
        }
        if record.start == start {
            return Ok(());
        }
        let host = self.index.user(host).ok_or(Refusal::NotFound)?;
        let collection = self.bookings_of(&host)?;
        let server = Ctx { actor: Actor::Server, ..*ctx };
        let (_, old) = self.stored(&server, &collection, &record.object)?;
        let length_s = u32::try_from(record.end - record.start).unwrap_or(1);
        let span = Interval::from(start, length_s);
        let bytes = moved(&Document::parse(&old)?, span, record.sequence + 1, ctx.now);
        let text = self.read_text(&host, &collection, &bytes, ctx.now)?;
        let condition = Condition::default();
        let plan = self.plan(&server, &collection, &record.object, Some(&text), &condition)?;
        let source = source_of(&collection, &record.object);
        let event_type = EventTypeId::from_bytes(record.event_type);
        let change = ctx.change("reschedule", &id.to_string());
        let key = table::booking(id);
        let written = self.store.write(&change, |tx| {
            self.check_slot(tx, host.id, event_type, span, (source, ctx.now, ctx.now))?;
            change_object(tx, &plan)?;
            let mut booking = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            booking.sequence += 1;
            tx.put(&key, &booking);
            Ok::<_, WriteError<Refusal>>(())
        });
        match written.await {
            Ok(()) => Ok(()),
            Err(cause) => {
                let offered = self.offered_by_id(ctx, &host, event_type)?;
                let duration_min = u16::try_from(length_s / 60).unwrap_or(0);
                let asking = self.asking(ctx, &host, offered, duration_min, span, Some(source))?;
                let refusal = cause.into();
                Err(self.with_next(ctx, &asking, &host, start, refusal, Some(source)))
            }
        }
    }
}
