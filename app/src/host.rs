//! What hosts offer: schedules and event types, and those that newcomers begin with.

mod replace;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::event_type::EventType;
use model::id::{EventTypeId, ScheduleId, UserId};
use model::schedule::Schedule;
use storage::record::{EventTypeRecord, ScheduleRecord, WindowRecord};
use storage::{WriteError, table};

use crate::App;
use crate::context::Ctx;
use crate::index::User;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;
use rows::{event_type_of, schedule_of};

/// A host and what can be booked with them.
#[derive(Clone, Debug)]
pub struct HostPage {
    /// The host.
    pub host: Arc<User>,
    /// What is offered, in the host's order.
    pub types: Vec<OfferedType>,
}

/// Something that can be booked.
#[derive(Clone, Debug)]
pub struct OfferedType {
    /// What it is.
    pub event_type: EventType,
    /// When it is offered.
    pub schedule: Schedule,
}

impl App {
    /// What can be booked with the host of that name.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such host.
    pub fn host_page(&self, ctx: &Ctx, name: &str) -> Result<HostPage, Refusal> {
        let host = self.index.user_named(name).ok_or(Refusal::NotFound)?;
        permit(ctx.actor, Action::ReadOffer, host.id)?;
        let mut schedules = BTreeMap::new();
        self.store.scan(&table::schedules(host.id), |rest, _, record| {
            if let Some((id, _)) = table::split_id(rest) {
                schedules.insert(id, schedule_of(ScheduleId::from_bytes(id), &record));
            }
        })?;
        let mut types = Vec::new();
        self.store.scan(&table::event_types(host.id), |rest, _, record| {
            let id = table::split_id(rest).map(|it| EventTypeId::from_bytes(it.0));
            if let (Some(id), Some(schedule)) = (id, schedules.get(&record.schedule)) {
                let event_type = event_type_of(id, &record);
                let offered = OfferedType { event_type, schedule: schedule.clone() };
                types.push((record.position, offered));
            }
        })?;
        types.sort_by_key(|it| it.0);
        let types = types.into_iter().map(|it| it.1).filter(|it| it.event_type.is_active).collect();
        Ok(HostPage { host, types })
    }

    /// One of the things that can be booked with a host, by the names in its link.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such thing.
    pub fn offered_type(
        &self,
        ctx: &Ctx,
        host: &str,
        slug: &str,
    ) -> Result<(Arc<User>, OfferedType), Refusal> {
        let page = self.host_page(ctx, host)?;
        let offered = page.types.into_iter().find(|it| it.event_type.slug == slug);
        Ok((page.host, offered.ok_or(Refusal::NotFound)?))
    }

    /// Gives a new user office hours and two things to book.
    pub(crate) async fn make_first_offer(&self, ctx: &Ctx, user: &User) -> Result<(), Refusal> {
        let schedule = ScheduleId::random();
        let hours = || vec![(9 * 60, 12 * 60), (13 * 60, 17 * 60)];
        let weekly = std::array::from_fn(|day| if day < 5 { hours() } else { Vec::new() });
        let record = ScheduleRecord {
            name: "Office hours".into(),
            zone: user.zone.name().to_owned(),
            weekly,
            overrides: Vec::new(),
        };
        let types = [
            first_type("intro", "Introduction", "A first talk, to see whether we fit.", 30, 0),
            first_type("session", "Session", "An hour for your questions.", 60, 1),
        ];
        let ids = types.each_ref().map(|_| EventTypeId::random());
        let change = ctx.change("make first offer", &user.id.to_string());
        let written = self.store.write(&change, |tx| {
            tx.put(&table::schedule(user.id, schedule), &record);
            for (id, event_type) in ids.iter().zip(&types) {
                let event_type =
                    EventTypeRecord { schedule: *schedule.as_bytes(), ..event_type.clone() };
                tx.put(&table::event_type(user.id, *id), &event_type);
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }
}

/// The rows that decide what can be booked, as one transaction sees them.
pub(crate) fn read_offer(
    tx: &mut storage::Tx<'_>,
    host: UserId,
    id: EventTypeId,
) -> Result<OfferedType, WriteError<Refusal>> {
    let record = tx.read(&table::event_type(host, id))?.ok_or(Refusal::NotFound)?;
    let schedule_id = ScheduleId::from_bytes(record.schedule);
    let schedule = tx.read(&table::schedule(host, schedule_id))?.ok_or(Refusal::NotFound)?;
    let event_type = event_type_of(id, &record);
    Ok(OfferedType { event_type, schedule: schedule_of(schedule_id, &schedule) })
}

fn first_type(
    slug: &str,
    title: &str,
    description: &str,
    duration_min: u16,
    position: u16,
) -> EventTypeRecord {
    EventTypeRecord {
        slug: slug.into(),
        title: title.into(),
        description: description.into(),
        place: "Video call".into(),
        durations_min: vec![duration_min],
        step_min: 30,
        before_s: 0,
        after_s: 15 * 60,
        notice_s: 4 * 3_600,
        window: WindowRecord::Rolling(60),
        max_per_day: Some(6),
        schedule: [0; 16],
        is_active: true,
        position,
    }
}
