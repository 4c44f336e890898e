//! `postFreeBusy`: an attendee's part of a `CALDAV:schedule-response` has exactly these periods.

use super::free_busy::compare;
use super::{Question, Verdict};
use crate::icalendar::Component;
use crate::tree::Element;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&["200"])?;
    let root = Element::parse(&question.answer.body)?;
    if root.name != "{urn:ietf:params:xml:ns:caldav}schedule-response" {
        return Err(format!("{} instead of a schedule-response", root.name));
    }
    for response in root.all("{urn:ietf:params:xml:ns:caldav}response") {
        let Some(data) = response.text_of("{urn:ietf:params:xml:ns:caldav}calendar-data") else {
            continue;
        };
        let calendar = Component::parse(data)?;
        let Some(free_busy) = calendar.all("VFREEBUSY").next() else { continue };
        let attendee = free_busy.value("ATTENDEE").unwrap_or_default();
        if !question.values("attendee").iter().any(|it| it == attendee) {
            continue;
        }
        if let Some(wanted) = question.first("events") {
            let found = calendar.all("VEVENT").count().to_string();
            if found != wanted {
                return Err(format!("{found} events instead of {wanted}"));
            }
        }
        return compare(question, free_busy);
    }
    Err(format!("nothing for {:?}", question.values("attendee")))
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn the_part_of_the_attendee_is_compared() {
        let body = "<C:schedule-response xmlns:C='urn:ietf:params:xml:ns:caldav'><C:response>\
            <C:recipient/></C:response><C:response><C:calendar-data>BEGIN:VCALENDAR\n\
            BEGIN:VFREEBUSY\nATTENDEE:mailto:a\nFREEBUSY:20260302T100000Z/PT1H\nEND:VFREEBUSY\n\
            END:VCALENDAR\n</C:calendar-data></C:response></C:schedule-response>";
        let (him, busy) =
            (("attendee", &["mailto:a"][..]), ("busy", &["20260302T100000Z/PT1H"][..]));
        for (case, arguments, expected) in [
            ("his", &[him, busy][..], true),
            ("another time", &[him, ("busy", &["20260302T110000Z/PT1H"])], false),
            ("another's", &[("attendee", &["mailto:b"]), busy], false),
            ("without events", &[him, busy, ("events", &["0"])], true),
            ("with events", &[him, busy, ("events", &["1"])], false),
        ] {
            check(case, "postFreeBusy", arguments, &answer(200, &[], body), expected);
        }
    }
}
