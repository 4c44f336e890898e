//! `calendarDataMatch`, `jcalDataMatch`: the body means the same as a file.

use super::{Question, Verdict};
use crate::icalendar::Component;
use crate::likeness::{Filters, alike};

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    compare(question, Component::parse)
}

pub(super) fn verify_json(question: &Question<'_>) -> Verdict {
    compare(question, Component::parse_json)
}

fn compare(question: &Question<'_>, parse: fn(&str) -> Result<Component, String>) -> Verdict {
    let statuses: Vec<&str> = question.values("status").iter().map(String::as_str).collect();
    question.expect_status(if statuses.is_empty() { &["200", "201", "207"] } else { &statuses })?;
    let wanted = match (question.first("filepath"), question.first("data")) {
        (Some(path), _) => question.file(path)?,
        (None, Some(data)) => data.to_owned(),
        (None, None) => return Err("nothing to compare with".into()),
    };
    let found = parse(&question.answer.text()).map_err(|why| format!("the answer: {why}"))?;
    let wanted = parse(&wanted).map_err(|why| format!("the expected data: {why}"))?;
    alike(&wanted, &found, &filters(question))
}

fn filters(question: &Question<'_>) -> Filters {
    let info = question.stage.info;
    let mut more = question.values("filter").to_vec();
    more.extend(info.calendar_filters.iter().cloned());
    if !info.features.contains("EMAIL parameter") {
        more.extend(["ATTENDEE:EMAIL".to_owned(), "ORGANIZER:EMAIL".to_owned()]);
    }
    let filters = Filters::with(more);
    let may_lack_zones = info.features.contains("timezones-by-reference")
        && question.first("doTimezones") != Some("true");
    if may_lack_zones { filters.without_timezones() } else { filters }
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn a_body_means_what_is_expected() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nSUMMARY:s\nEND:VEVENT\nEND:VCALENDAR\n";
        let other = text.replace("SUMMARY:s", "SUMMARY:t");
        let data = ("data", &[text][..]);
        for (case, arguments, status, body, expected) in [
            ("the same", &[data][..], 200, text, true),
            ("another summary", &[data], 200, other.as_str(), false),
            ("that is left out", &[data, ("filter", &["SUMMARY"])], 200, &other, true),
            ("another status", &[data], 404, text, false),
            ("a status that is asked for", &[data, ("status", &["404"])], 404, text, true),
            ("no calendar", &[data], 200, "hello", false),
        ] {
            check(case, "calendarDataMatch", arguments, &answer(status, &[], body), expected);
        }
        let json = r#"["vcalendar",[],[["vevent",[["uid",{},"text","u"]],[]]]]"#;
        let data = [("data", &[json][..])];
        check("jCal", "jcalDataMatch", &data, &answer(200, &[], json), true);
        check("iCalendar", "jcalDataMatch", &data, &answer(200, &[], text), false);
    }
}
