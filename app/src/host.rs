//! What hosts offer: schedules and event types, read from rows and made for newcomers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use model::event_type::{BookingWindow, EventType};
use model::id::{EventTypeId, ScheduleId, UserId};
use model::schedule::{Schedule, Window};
use storage::record::{EventTypeRecord, ScheduleRecord, WindowRecord};
use storage::{WriteError, table};

use crate::App;
use crate::context::Ctx;
use crate::index::User;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

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
            is_default: true,
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

    /// Puts a schedule and all it says in place of the one of that identity, or beside the others.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] with what is wrong with it.
    pub async fn put_schedule(
        &self,
        ctx: &Ctx,
        host: &User,
        schedule: &Schedule,
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::Administer, host.id)?;
        if self.zones.zone(&schedule.zone).is_none() {
            return Err(Refusal::BadRequest(format!("there is no time zone {:?}", schedule.zone)));
        }
        let windows = schedule.weekly.iter().chain(schedule.overrides.values()).flatten();
        if !windows.clone().all(|it| it.start_min < it.end_min && it.end_min <= 2880) {
            return Err(Refusal::BadRequest("a window ends before it starts".into()));
        }
        if schedule.overrides.len() > 1_000 || windows.count() > 5_000 {
            return Err(Refusal::TooMuch("windows"));
        }
        let record = schedule_record(schedule);
        let change = ctx.change("put schedule", &schedule.id.to_string());
        let written = self.store.write(&change, |tx| {
            tx.put(&table::schedule(host.id, schedule.id), &record);
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// Puts an event type in place of the one of that identity, or after the others.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] with what is wrong with it.
    pub async fn put_event_type(
        &self,
        ctx: &Ctx,
        host: &User,
        event_type: &EventType,
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::Administer, host.id)?;
        check_event_type(event_type)?;
        let key = table::event_type(host.id, event_type.id);
        let schedule = table::schedule(host.id, event_type.schedule);
        let change = ctx.change("put event type", &event_type.id.to_string());
        let written = self.store.write(&change, |tx| {
            if tx.read(&schedule)?.is_none() {
                let why = "there is no such schedule";
                return Err(WriteError::Refused(Refusal::BadRequest(why.into())));
            }
            let position = tx.read(&key)?.map_or(u16::MAX, |it| it.position);
            tx.put(&key, &event_type_record(event_type, position));
            Ok(())
        });
        Ok(written.await?)
    }
}

fn check_event_type(event_type: &EventType) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::BadRequest(why.to_owned()));
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if event_type.slug.is_empty()
        || event_type.slug.len() > 64
        || !event_type.slug.chars().all(is_plain)
    {
        return bad("a slug is 1 to 64 lower-case letters, digits or '-'");
    }
    let is_length = |it: &u16| (1..=1_440).contains(it);
    if event_type.durations_min.is_empty() || !event_type.durations_min.iter().all(is_length) {
        return bad("a duration is 1 to 1440 minutes");
    }
    if !(1..=1_440).contains(&event_type.step_min) {
        return bad("a step is 1 to 1440 minutes");
    }
    if event_type.before_s.max(event_type.after_s) > 86_400 {
        return bad("a buffer is at most a day");
    }
    match event_type.window {
        BookingWindow::Rolling { days } if days > model::limit::WINDOW_MAX_DAYS => {
            bad("a booking window reaches at most 365 days ahead")
        }
        BookingWindow::Rolling { .. } | BookingWindow::Range { .. } => Ok(()),
    }
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

/// A date as days since the epoch.
fn day_number(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until(date).map_or(0, |it| it.get_days())
}

fn date_of(day: i32) -> Date {
    Date::constant(1970, 1, 1).saturating_add(i64::from(day).days())
}

fn windows_of(windows: &[(u16, u16)]) -> Vec<Window> {
    windows.iter().map(|&(start_min, end_min)| Window { start_min, end_min }).collect()
}

/// The schedule that a row holds.
pub(crate) fn schedule_of(id: ScheduleId, record: &ScheduleRecord) -> Schedule {
    let monday = i32::from(Weekday::Monday.to_monday_zero_offset());
    debug_assert_eq!(monday, 0);
    Schedule {
        id,
        name: record.name.clone(),
        zone: record.zone.clone(),
        weekly: std::array::from_fn(|day| windows_of(&record.weekly[day])),
        overrides: record
            .overrides
            .iter()
            .map(|(day, windows)| (date_of(*day), windows_of(windows)))
            .collect(),
    }
}

fn schedule_record(schedule: &Schedule) -> ScheduleRecord {
    let pairs =
        |windows: &Vec<Window>| windows.iter().map(|it| (it.start_min, it.end_min)).collect();
    ScheduleRecord {
        name: schedule.name.clone(),
        zone: schedule.zone.clone(),
        weekly: std::array::from_fn(|day| pairs(&schedule.weekly[day])),
        overrides: schedule
            .overrides
            .iter()
            .map(|(date, windows)| (day_number(*date), pairs(windows)))
            .collect(),
        is_default: false,
    }
}

/// The event type that a row holds.
pub(crate) fn event_type_of(id: EventTypeId, record: &EventTypeRecord) -> EventType {
    EventType {
        id,
        slug: record.slug.clone(),
        title: record.title.clone(),
        description: record.description.clone(),
        place: record.place.clone(),
        durations_min: record.durations_min.clone(),
        step_min: record.step_min,
        before_s: record.before_s,
        after_s: record.after_s,
        notice_s: record.notice_s,
        window: match record.window {
            WindowRecord::Rolling(days) => BookingWindow::Rolling { days },
            WindowRecord::Range(first, last) => {
                BookingWindow::Range { first: date_of(first), last: date_of(last) }
            }
        },
        max_per_day: record.max_per_day,
        schedule: ScheduleId::from_bytes(record.schedule),
        is_active: record.is_active,
    }
}

fn event_type_record(event_type: &EventType, position: u16) -> EventTypeRecord {
    EventTypeRecord {
        slug: event_type.slug.clone(),
        title: event_type.title.clone(),
        description: event_type.description.clone(),
        place: event_type.place.clone(),
        durations_min: event_type.durations_min.clone(),
        step_min: event_type.step_min,
        before_s: event_type.before_s,
        after_s: event_type.after_s,
        notice_s: event_type.notice_s,
        window: match event_type.window {
            BookingWindow::Rolling { days } => WindowRecord::Rolling(days),
            BookingWindow::Range { first, last } => {
                WindowRecord::Range(day_number(first), day_number(last))
            }
        },
        max_per_day: event_type.max_per_day,
        schedule: *event_type.schedule.as_bytes(),
        is_active: event_type.is_active,
        position,
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
