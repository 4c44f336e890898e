//! Schedules and event types as rows hold them.

use jiff::ToSpan;
use jiff::civil::Date;
use model::event_type::{BookingWindow, EventType};
use model::id::{EventTypeId, ScheduleId};
use model::schedule::{Schedule, Window};
use storage::record::{EventTypeRecord, ScheduleRecord, WindowRecord};

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
pub(super) fn schedule_of(id: ScheduleId, record: &ScheduleRecord) -> Schedule {
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

pub(super) fn schedule_record(schedule: &Schedule) -> ScheduleRecord {
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
    }
}

/// The event type that a row holds.
pub(super) fn event_type_of(id: EventTypeId, record: &EventTypeRecord) -> EventType {
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

pub(super) fn event_type_record(event_type: &EventType, position: u16) -> EventTypeRecord {
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
