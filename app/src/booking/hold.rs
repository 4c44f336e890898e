//! Keeping a slot for a visitor while they fill in the form (R11).

use std::net::IpAddr;

use model::id::{EventTypeId, HoldId, UserId};
use model::interval::{Instant, Interval};
use model::limit::{BOOKINGS_PER_HOUR, HOLD_S, HOLDS_MAX, HOLDS_PER_NETWORK};
use slots::Reason;
use storage::record::{BusyKind, BusySpanRecord, HoldRecord, Id, VisitorRecord};
use storage::{Tx, WriteError, table};

use crate::App;
use crate::booking::offer::Asking;
use crate::commit::{BusyPlan, change_busy, days_around, read_days};
use crate::context::{Actor, Ctx, VisitorToken};
use crate::host::{OfferedType, read_offer};
use crate::index::User;
use crate::planned::all_days;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// A slot that a visitor wants kept.
#[derive(Clone, Debug)]
pub struct HoldRequest<'a> {
    /// The host's name.
    pub host: &'a str,
    /// What is to be booked.
    pub slug: &'a str,
    /// For how long.
    pub duration_min: u16,
    /// When it starts.
    pub start: Instant,
    /// Where the visitor comes from.
    pub from: IpAddr,
}

/// A slot that is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Held {
    /// Its identity.
    pub id: HoldId,
    /// The time.
    pub span: Interval,
    /// When it lapses.
    pub expires: Instant,
}

impl App {
    /// Keeps a slot for five minutes; the visitor's other hold of the same kind is given back.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] with the next times if it is taken, [`Refusal::TooMuch`]
    /// if the visitor holds too many.
    pub async fn hold(&self, ctx: &Ctx, request: &HoldRequest<'_>) -> Result<Held, Refusal> {
        let (host, offered) = self.offered_type(ctx, request.host, request.slug)?;
        permit(ctx.actor, Action::Book, host.id)?;
        let Actor::Visitor(visitor) = ctx.actor else { return Err(Refusal::Forbidden) };
        if !offered.event_type.durations_min.contains(&request.duration_min) {
            let why = format!("it cannot be booked for {} minutes", request.duration_min);
            return Err(Refusal::BadRequest(why));
        }
        let span = Interval::from(request.start, u32::from(request.duration_min) * 60);
        let asking = self.asking(ctx, &host, offered, request.duration_min, span, None)?;
        let taking = Taking {
            id: HoldId::random(),
            host: host.id,
            event_type: asking.offered.event_type.id,
            span,
            visitor,
            network: network_of(request.from),
            now: ctx.now,
        };
        let change = ctx.change("hold", &taking.id.to_string());
        let taken = self.store.write(&change, |tx| taking.take(tx, self, &asking)).await;
        match taken {
            Ok(()) => Ok(Held { id: taking.id, span, expires: ctx.now + HOLD_S }),
            Err(cause) => {
                Err(self.with_next(ctx, &asking, &host, span.start(), cause.into(), None))
            }
        }
    }

    /// Gives a refusal for want of time the next times that are free (R12).
    pub(crate) fn with_next(
        &self,
        ctx: &Ctx,
        asking: &Asking,
        host: &User,
        from: Instant,
        refusal: Refusal,
        except: Option<Id>,
    ) -> Refusal {
        match refusal {
            Refusal::Unavailable(reasons, _) => {
                let next = self.next_starts(ctx, asking, host, from, 3, except);
                Refusal::Unavailable(reasons, next)
            }
            other => other,
        }
    }

    /// Every rule that stands against `span`, as one transaction sees the rows.
    pub(crate) fn check_slot(
        &self,
        tx: &mut Tx<'_>,
        host: UserId,
        event_type: EventTypeId,
        span: Interval,
        (except, now, notice_from): (Id, Instant, Instant),
    ) -> Result<OfferedType, WriteError<Refusal>> {
        let offered = read_offer(tx, host, event_type)?;
        let counted = (except, Some(*event_type.as_bytes()));
        let busy = read_days(tx, host, days_around(span), counted, now)?;
        let zone = self.zones.zone(&offered.schedule.zone).unwrap_or_else(model::zone::Zone::utc);
        let duration_s = u32::try_from(span.length_s()).unwrap_or(u32::MAX);
        let asking = Asking { offered, zone, duration_s, busy, now: notice_from };
        let reasons = slots::check(&asking.question(), span.start());
        if !asking.offered.event_type.is_active {
            return Err(Refusal::Unavailable(vec![Reason::NoServiceHours], Vec::new()).into());
        }
        if !reasons.is_empty() {
            return Err(Refusal::Unavailable(reasons, Vec::new()).into());
        }
        Ok(asking.offered)
    }
}

/// One attempt at taking a hold.
struct Taking {
    id: HoldId,
    host: UserId,
    event_type: EventTypeId,
    span: Interval,
    visitor: VisitorToken,
    network: Id,
    now: Instant,
}

impl Taking {
    fn take(&self, tx: &mut Tx<'_>, app: &App, asking: &Asking) -> Result<(), WriteError<Refusal>> {
        let expires = self.now + HOLD_S;
        let mut own = self.live(tx, self.visitor.0)?;
        self.give_back(tx, &mut own)?;
        let mut of_network = self.live(tx, self.network)?;
        if own.len() >= HOLDS_MAX || of_network.len() >= HOLDS_PER_NETWORK {
            return Err(Refusal::TooMuch("times held at once").into());
        }
        let nobody = *self.id.as_bytes();
        let when = (nobody, self.now, self.now);
        let offered = app.check_slot(tx, self.host, self.event_type, self.span, when)?;
        let span = BusySpanRecord {
            start: self.span.start(),
            end: self.span.end(),
            before_s: offered.event_type.before_s,
            after_s: offered.event_type.after_s,
            kind: BusyKind::Held,
            source: *self.id.as_bytes(),
            event_type: Some(*asking.offered.event_type.id.as_bytes()),
            expires,
        };
        let plan = BusyPlan {
            source: *self.id.as_bytes(),
            spans: vec![span],
            is_exclusive: true,
            ..BusyPlan::default()
        };
        change_busy(tx, self.host, &plan, self.now)?;
        own.push((*self.id.as_bytes(), expires));
        of_network.push((*self.id.as_bytes(), expires));
        put_holds(tx, self.visitor.0, own)?;
        put_holds(tx, self.network, of_network)?;
        tx.put(&table::hold(self.id), &self.record(expires));
        Ok(())
    }

    fn record(&self, expires: Instant) -> HoldRecord {
        HoldRecord {
            host: *self.host.as_bytes(),
            event_type: *self.event_type.as_bytes(),
            start: self.span.start(),
            end: self.span.end(),
            visitor: self.visitor.0,
            expires,
            booking: None,
        }
    }

    /// The holds of a visitor or a network that have not lapsed.
    fn live(&self, tx: &mut Tx<'_>, of: Id) -> Result<Vec<(Id, Instant)>, WriteError<Refusal>> {
        let known = tx.read(&table::visitor(of))?.map(|it| it.holds).unwrap_or_default();
        let mut live = Vec::new();
        for (id, expires) in known.into_iter().filter(|it| it.1 > self.now) {
            let record = tx.read(&table::hold(HoldId::from_bytes(id)))?;
            if record.is_some_and(|it| it.booking.is_none()) {
                live.push((id, expires));
            }
        }
        Ok(live)
    }

    /// Gives back what the visitor holds of this event type: they changed their mind.
    fn give_back(
        &self,
        tx: &mut Tx<'_>,
        own: &mut Vec<(Id, Instant)>,
    ) -> Result<(), WriteError<Refusal>> {
        for (id, _) in own.clone() {
            let key = table::hold(HoldId::from_bytes(id));
            let Some(record) = tx.read(&key)? else { continue };
            if record.event_type == *self.event_type.as_bytes() {
                release(tx, &record, id, self.now)?;
                tx.remove(&key);
                own.retain(|it| it.0 != id);
            }
        }
        Ok(())
    }
}

/// Writes what a visitor or a network has on hold; what they booked stays.
fn put_holds(
    tx: &mut Tx<'_>,
    of: Id,
    holds: Vec<(Id, Instant)>,
) -> Result<(), WriteError<Refusal>> {
    let key = table::visitor(of);
    let bookings = tx.read(&key)?.map(|it| it.bookings).unwrap_or_default();
    tx.put(&key, &VisitorRecord { holds, bookings });
    Ok(())
}

/// Counts a booking of a network, or refuses one too many within the hour.
pub(crate) fn count_booking(
    tx: &mut Tx<'_>,
    from: IpAddr,
    now: Instant,
) -> Result<(), WriteError<Refusal>> {
    let key = table::visitor(network_of(from));
    let none = VisitorRecord { holds: Vec::new(), bookings: Vec::new() };
    let mut record = tx.read(&key)?.unwrap_or(none);
    record.bookings.retain(|it| now - it < 3_600);
    if record.bookings.len() >= BOOKINGS_PER_HOUR {
        return Err(Refusal::TooMuch("bookings within an hour").into());
    }
    record.bookings.push(now);
    tx.put(&key, &record);
    Ok(())
}

/// Takes a hold's span out of its host's days.
pub(crate) fn release(
    tx: &mut Tx<'_>,
    hold: &HoldRecord,
    id: Id,
    now: Instant,
) -> Result<(), WriteError<Refusal>> {
    let host = UserId::from_bytes(hold.host);
    let length_s = u32::try_from(hold.end - hold.start).unwrap_or(1);
    let span = BusySpanRecord {
        start: hold.start,
        end: hold.start + i64::from(length_s),
        before_s: 0,
        after_s: 0,
        kind: BusyKind::Held,
        source: id,
        event_type: None,
        expires: hold.expires,
    };
    let plan = BusyPlan { source: id, old_days: all_days(&[span]), ..BusyPlan::default() };
    change_busy(tx, host, &plan, now)
}

fn network_of(address: IpAddr) -> Id {
    match address.to_canonical() {
        IpAddr::V4(it) => short_hash(&[b"network", &it.octets()]),
        IpAddr::V6(it) => short_hash(&[b"network", &it.octets()[..8]]),
    }
}
