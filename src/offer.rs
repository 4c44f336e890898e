//! A host's offer as a TOML file: schedules and event types, for reading and for editing.

use std::collections::BTreeMap;

use app::OfferedType;
use jiff::civil::Date;
use model::event_type::{BookingWindow, EventType};
use model::id::{EventTypeId, ScheduleId};
use model::schedule::{Schedule, Window};
use serde::{Deserialize, Serialize};

/// Everything that a host offers.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OfferFile {
    #[serde(default)]
    schedule: Vec<ScheduleFile>,
    #[serde(default)]
    event_type: Vec<EventTypeFile>,
}

/// Hours, as `"09:00-12:00"`; `"22:00-02:00"` ends on the next day.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct ScheduleFile {
    name: String,
    zone: String,
    monday: Vec<String>,
    tuesday: Vec<String>,
    wednesday: Vec<String>,
    thursday: Vec<String>,
    friday: Vec<String>,
    saturday: Vec<String>,
    sunday: Vec<String>,
    /// Dates with hours of their own; none means closed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dates: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct EventTypeFile {
    slug: String,
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    place: String,
    durations_min: Vec<u16>,
    step_min: u16,
    #[serde(default)]
    buffer_before_min: u16,
    #[serde(default)]
    buffer_after_min: u16,
    #[serde(default)]
    notice_min: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_ahead: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_per_day: Option<u16>,
    schedule: String,
    #[serde(default = "yes")]
    is_active: bool,
}

const fn yes() -> bool {
    true
}

/// Writes an offer as a file.
pub(crate) fn write(schedules: &[Schedule], types: &[EventType]) -> Result<String, String> {
    let name_of = |id| {
        let found = schedules.iter().find(|it| it.id == id);
        found.map(|it| it.name.clone()).unwrap_or_default()
    };
    let file = OfferFile {
        schedule: schedules.iter().map(schedule_file).collect(),
        event_type: types.iter().map(|it| event_type_file(it, name_of(it.schedule))).collect(),
    };
    toml::to_string(&file).map_err(|it| it.to_string())
}

/// Reads an offer from a file.
///
/// # Errors
///
/// What is wrong with it, and where.
pub(crate) fn read(text: &str) -> Result<(Vec<Schedule>, Vec<OfferedType>), String> {
    let file: OfferFile = toml::from_str(text).map_err(|it| it.to_string())?;
    let schedules: Vec<Schedule> = file.schedule.iter().map(schedule).collect::<Result<_, _>>()?;
    let mut offered = Vec::new();
    for it in &file.event_type {
        let named = schedules.iter().find(|schedule| schedule.name == it.schedule);
        let schedule = named.ok_or_else(|| format!("there is no schedule {:?}", it.schedule))?;
        offered.push(OfferedType { event_type: event_type(it)?, schedule: schedule.clone() });
    }
    Ok((schedules, offered))
}

fn schedule_file(schedule: &Schedule) -> ScheduleFile {
    let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] =
        schedule.weekly.each_ref().map(|it| texts(it));
    let dates = schedule.overrides.iter().map(|(date, it)| (date.to_string(), texts(it)));
    ScheduleFile {
        name: schedule.name.clone(),
        zone: schedule.zone.clone(),
        monday,
        tuesday,
        wednesday,
        thursday,
        friday,
        saturday,
        sunday,
        dates: dates.collect(),
    }
}

fn schedule(file: &ScheduleFile) -> Result<Schedule, String> {
    let weekly = [
        &file.monday,
        &file.tuesday,
        &file.wednesday,
        &file.thursday,
        &file.friday,
        &file.saturday,
        &file.sunday,
    ];
    let mut days = weekly.into_iter().map(|it| windows(it));
    let mut next = || days.next().unwrap_or_else(|| Ok(Vec::new()));
    let mut overrides = BTreeMap::new();
    for (text, hours) in &file.dates {
        overrides.insert(date(text)?, windows(hours)?);
    }
    Ok(Schedule {
        id: ScheduleId::random(),
        name: file.name.clone(),
        zone: file.zone.clone(),
        weekly: [next()?, next()?, next()?, next()?, next()?, next()?, next()?],
        overrides,
    })
}

fn event_type_file(it: &EventType, schedule: String) -> EventTypeFile {
    let (days_ahead, first_date, last_date) = match it.window {
        BookingWindow::Rolling { days } => (Some(days), None, None),
        BookingWindow::Range { first, last } => {
            (None, Some(first.to_string()), Some(last.to_string()))
        }
    };
    EventTypeFile {
        slug: it.slug.clone(),
        title: it.title.clone(),
        description: it.description.clone(),
        place: it.place.clone(),
        durations_min: it.durations_min.clone(),
        step_min: it.step_min,
        buffer_before_min: u16::try_from(it.before_s / 60).unwrap_or(u16::MAX),
        buffer_after_min: u16::try_from(it.after_s / 60).unwrap_or(u16::MAX),
        notice_min: it.notice_s / 60,
        days_ahead,
        first_date,
        last_date,
        max_per_day: it.max_per_day,
        schedule,
        is_active: it.is_active,
    }
}

fn event_type(file: &EventTypeFile) -> Result<EventType, String> {
    let window = match (file.days_ahead, &file.first_date, &file.last_date) {
        (Some(days), None, None) => BookingWindow::Rolling { days },
        (None, Some(first), Some(last)) => {
            BookingWindow::Range { first: date(first)?, last: date(last)? }
        }
        _ => {
            let slug = &file.slug;
            return Err(format!("{slug} needs days_ahead, or first_date and last_date"));
        }
    };
    Ok(EventType {
        id: EventTypeId::random(),
        slug: file.slug.clone(),
        title: file.title.clone(),
        description: file.description.clone(),
        place: file.place.clone(),
        durations_min: file.durations_min.clone(),
        step_min: file.step_min,
        before_s: u32::from(file.buffer_before_min) * 60,
        after_s: u32::from(file.buffer_after_min) * 60,
        notice_s: file.notice_min.saturating_mul(60),
        window,
        max_per_day: file.max_per_day,
        schedule: ScheduleId::random(),
        is_active: file.is_active,
    })
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{text:?} is no date such as 2026-12-24"))
}

fn texts(windows: &[Window]) -> Vec<String> {
    let time = |minute: u16| match minute {
        1_440 => "24:00".to_owned(),
        other => format!("{:02}:{:02}", other / 60 % 24, other % 60),
    };
    windows.iter().map(|it| format!("{}-{}", time(it.start_min), time(it.end_min))).collect()
}

fn windows(texts: &[String]) -> Result<Vec<Window>, String> {
    texts.iter().map(|it| window(it)).collect()
}

/// `09:00-12:00`; an end that is not after the start is on the next day.
fn window(text: &str) -> Result<Window, String> {
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60 || hour == 24 && minute == 0).then_some(hour * 60 + minute)
    };
    let parts = text.split_once('-').and_then(|(start, end)| Some((minute(start)?, minute(end)?)));
    let (start_min, end_min) =
        parts.ok_or_else(|| format!("{text:?} is no time such as 09:00-12:00"))?;
    let end_min = if end_min > start_min { end_min } else { end_min + 1_440 };
    Ok(Window { start_min, end_min })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[schedule]]
name = "Evenings"
zone = "Europe/Paris"
tuesday = ["18:00-20:00", "22:00-01:30"]
[schedule.dates]
"2026-12-24" = []

[[event_type]]
slug = "lesson"
title = "Lesson"
durations_min = [45, 90]
step_min = 15
buffer_after_min = 10
days_ahead = 30
schedule = "Evenings"
"#;

    #[test]
    fn an_offer_means_the_same_after_it_was_written_and_read() {
        let (schedules, offered) = read(FILE).unwrap();
        assert_eq!(schedules[0].weekly[1][1], Window { start_min: 1_320, end_min: 1_530 });
        let types: Vec<EventType> = offered
            .iter()
            .map(|it| EventType { schedule: schedules[0].id, ..it.event_type.clone() })
            .collect();
        let (again, offered_again) = read(&write(&schedules, &types).unwrap()).unwrap();
        assert_eq!(
            (&again[0].weekly, &again[0].overrides),
            (&schedules[0].weekly, &schedules[0].overrides)
        );
        let (one, other) = (&offered[0].event_type, &offered_again[0].event_type);
        assert_eq!(
            (&one.durations_min, one.after_s, one.window),
            (&other.durations_min, other.after_s, other.window)
        );
    }

    #[test]
    fn what_is_wrong_with_an_offer_is_named() {
        let cases = [
            ("18:00-20:00", "18:00-25:00", "\"18:00-25:00\" is no time"),
            ("2026-12-24", "2026-12-32", "\"2026-12-32\" is no date"),
            ("schedule = \"Evenings\"", "schedule = \"Mornings\"", "no schedule \"Mornings\""),
            ("days_ahead = 30\n", "", "lesson needs days_ahead"),
            ("step_min", "stepp_min", "stepp_min"),
        ];
        for (good, wrong, expected) in cases {
            let complaint = read(&FILE.replace(good, wrong)).unwrap_err();
            assert!(complaint.contains(expected), "{complaint}");
        }
    }
}
