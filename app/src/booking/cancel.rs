//! Cancelling a booking: its event goes, its time is free at once.

use crate::App;
use crate::calendar::Condition;
use crate::context::Ctx;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

impl App {
    /// Cancels the booking that `token` was given out for; once more does nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, [`Refusal::BadRequest`] once it is over.
    pub async fn cancel(&self, ctx: &Ctx, token: &str) -> Result<(), Refusal> {
        let (_, record) = self.booking_by(token)?;
        let host = model::id::UserId::from_bytes(record.host);
        permit(ctx.actor, Action::Book, host)?;
        if record.is_cancelled {
            return Ok(());
        }
        if record.end <= ctx.now {
            return Err(Refusal::BadRequest("The meeting is over.".into()));
        }
        let host = self.index.user(host).ok_or(Refusal::NotFound)?;
        let collection = self.bookings_of(&host)?;
        // The event is the server's to remove: the link is the visitor's right to have it done.
        let server = Ctx { actor: crate::Actor::Server, ..*ctx };
        match self.remove(&server, &collection, &record.object, &Condition::default()).await {
            // Somebody else cancelled it in this very moment.
            Err(Refusal::NotFound) => Ok(()),
            other => other,
        }
    }
}
