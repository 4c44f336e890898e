//! A host's whole offer put in place of the one before, in one commit.

use std::collections::BTreeMap;

use model::event_type::{BookingWindow, EventType};
use model::id::{EventTypeId, ScheduleId};
use model::limit::WINDOW_MAX_DAYS;
use model::schedule::Schedule;
use storage::{WriteError, table};

use super::OfferedType;
use super::rows::{event_type_of, event_type_record, schedule_of, schedule_record};
use crate::App;
use crate::context::Ctx;
use crate::index::User;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

/// Schedules of a host, at most.
const SCHEDULES_MAX: usize = 50;
/// Event types of a host, at most.
const EVENT_TYPES_MAX: usize = 100;
/// Windows of a schedule, at most.
const WINDOWS_MAX: usize = 5_000;

impl App {
    /// All schedules of a host and all event types, those that are not offered included.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if the asker may not see them.
    pub fn whole_offer(
        &self,
        ctx: &Ctx,
        host: &User,
    ) -> Result<(Vec<Schedule>, Vec<EventType>), Refusal> {
        permit(ctx.actor, Action::Administer, host.id)?;
        let mut schedules = Vec::new();
        self.store.scan(&table::schedules(host.id), |rest, _, record| {
            let id = table::split_id(rest).map(|it| ScheduleId::from_bytes(it.0));
            schedules.extend(id.map(|id| schedule_of(id, &record)));
        })?;
        let mut types = Vec::new();
        self.store.scan(&table::event_types(host.id), |rest, _, record| {
            let id = table::split_id(rest).map(|it| EventTypeId::from_bytes(it.0));
            types.extend(id.map(|id| (record.position, event_type_of(id, &record))));
        })?;
        schedules.sort_by(|one, other| one.name.cmp(&other.name));
        types.sort_by_key(|it| it.0);
        Ok((schedules, types.into_iter().map(|it| it.1).collect()))
    }

    /// Puts `offered` in place of all that the host offered before.
    ///
    /// A schedule of a known name and an event type of a known slug keep their identity, so
    /// bookings of them stay what they are.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] with what is wrong: then nothing changed.
    pub async fn replace_offer(
        &self,
        ctx: &Ctx,
        host: &User,
        schedules: &[Schedule],
        offered: &[OfferedType],
    ) -> Result<(), Refusal> {
        let (old_schedules, old_types) = self.whole_offer(ctx, host)?;
        self.check_offer(schedules, offered)?;
        let known = |name: &str| old_schedules.iter().find(|it| it.name == name).map(|it| it.id);
        let ids: BTreeMap<&str, ScheduleId> = schedules
            .iter()
            .map(|it| (it.name.as_str(), known(&it.name).unwrap_or_else(ScheduleId::random)))
            .collect();
        let known = |slug: &str| old_types.iter().find(|it| it.slug == slug).map(|it| it.id);
        let types: Vec<EventType> = offered
            .iter()
            .map(|it| EventType {
                id: known(&it.event_type.slug).unwrap_or_else(EventTypeId::random),
                schedule: ids.get(it.schedule.name.as_str()).copied().unwrap_or(it.schedule.id),
                ..it.event_type.clone()
            })
            .collect();
        let change = ctx.change("replace offer", &host.id.to_string());
        let written = self.store.write(&change, |tx| {
            for old in &old_schedules {
                tx.remove(&table::schedule(host.id, old.id));
            }
            for old in &old_types {
                tx.remove(&table::event_type(host.id, old.id));
            }
            for schedule in schedules {
                let id = ids.get(schedule.name.as_str()).copied().unwrap_or(schedule.id);
                tx.put(&table::schedule(host.id, id), &schedule_record(schedule));
            }
            for (position, event_type) in (0..).zip(&types) {
                let record = event_type_record(event_type, position);
                tx.put(&table::event_type(host.id, event_type.id), &record);
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    fn check_offer(&self, schedules: &[Schedule], offered: &[OfferedType]) -> Result<(), Refusal> {
        if schedules.len() > SCHEDULES_MAX || offered.len() > EVENT_TYPES_MAX {
            return Err(Refusal::TooMany("schedules or event types"));
        }
        let mut names: Vec<&str> = schedules.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|it| it[0] == it[1]) {
            return bad("two schedules have the same name");
        }
        for schedule in schedules {
            self.check_schedule(schedule)?;
        }
        let mut slugs: Vec<&str> = offered.iter().map(|it| it.event_type.slug.as_str()).collect();
        slugs.sort_unstable();
        if slugs.windows(2).any(|it| it[0] == it[1]) {
            return bad("two event types have the same slug");
        }
        for it in offered {
            if !names.contains(&it.schedule.name.as_str()) {
                return bad(&format!("there is no schedule {:?}", it.schedule.name));
            }
            check_event_type(&it.event_type)?;
        }
        Ok(())
    }

    fn check_schedule(&self, schedule: &Schedule) -> Result<(), Refusal> {
        if self.zones.zone(&schedule.zone).is_none() {
            return bad(&format!("there is no time zone {:?}", schedule.zone));
        }
        let windows = schedule.weekly.iter().chain(schedule.overrides.values()).flatten();
        if !windows.clone().all(|it| it.start_min < it.end_min && it.end_min <= 2_880) {
            return bad("a window ends before it starts, or more than a day later");
        }
        if windows.count() > WINDOWS_MAX || schedule.overrides.len() > WINDOWS_MAX {
            return Err(Refusal::TooMany("windows"));
        }
        Ok(())
    }
}

fn bad(why: &str) -> Result<(), Refusal> {
    Err(Refusal::BadRequest(why.to_owned()))
}

fn check_event_type(event_type: &EventType) -> Result<(), Refusal> {
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
        BookingWindow::Rolling { days } if days > WINDOW_MAX_DAYS => {
            bad("a booking window reaches at most 365 days ahead")
        }
        BookingWindow::Rolling { .. } | BookingWindow::Range { .. } => Ok(()),
    }
}
