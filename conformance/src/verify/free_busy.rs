//! `freeBusy`: the body is one VFREEBUSY with exactly these periods.

use std::collections::BTreeMap;

use super::{Question, Verdict};
use crate::icalendar::Component;
use crate::moment::period;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&["200"])?;
    let calendar = Component::parse(&question.answer.text())?;
    let all: Vec<&Component> = calendar.all("VFREEBUSY").collect();
    match all.as_slice() {
        [one] => compare(question, one),
        several => Err(format!("{} VFREEBUSY instead of one", several.len())),
    }
}

/// Compares the periods of a VFREEBUSY with those that the script wants, kind by kind.
pub(super) fn compare(question: &Question<'_>, free_busy: &Component) -> Verdict {
    let mut found: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for property in free_busy.properties.iter().filter(|it| it.name == "FREEBUSY") {
        let kind = match property.first("FBTYPE").unwrap_or("BUSY") {
            "BUSY" => "busy",
            "BUSY-TENTATIVE" => "tentative",
            "BUSY-UNAVAILABLE" => "unavailable",
            other => return Err(format!("a FREEBUSY of the type {other}")),
        };
        let periods = property.value.split(',').filter(|it| !it.is_empty());
        found.entry(kind).or_default().extend(periods.map(period));
    }
    for kind in ["busy", "tentative", "unavailable"] {
        let wanted = question.values(kind).iter().filter(|it| !it.is_empty());
        let mut wanted: Vec<(String, String)> = wanted.map(|it| period(it)).collect();
        let mut found = found.remove(kind).unwrap_or_default();
        wanted.sort();
        found.sort();
        if wanted != found {
            return Err(format!("{kind} is {found:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn busy_time_is_exactly_that_expected() {
        let body = "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nFREEBUSY:20260302T100000Z/PT1H,\
                    20260302T120000Z/20260302T130000Z\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:\
                    20260303T100000Z/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR\n";
        let (one, two) = ("20260302T100000Z/20260302T110000Z", "20260302T120000Z/PT1H");
        let other = ("tentative", &["20260303T100000Z/PT60M"][..]);
        for (case, arguments, expected) in [
            ("all of it", &[("busy", &[two, one][..]), other][..], true),
            ("one too few", &[("busy", &[one]), other], false),
            ("one too many", &[("busy", &[one, two, two]), other], false),
            ("of another kind", &[("busy", &[one, two]), ("unavailable", other.1)], false),
            ("by duration", &[("busy", &[one, two]), other, ("duration", &[])], true),
        ] {
            check(case, "freeBusy", arguments, &answer(200, &[], body), expected);
        }
        let free = body.replace("BUSY-TENTATIVE", "FREE");
        check("free", "freeBusy", &[("busy", &[one, two])], &answer(200, &[], &free), false);
        let none = "BEGIN:VCALENDAR\nEND:VCALENDAR\n";
        check("none", "freeBusy", &[], &answer(200, &[], none), false);
    }
}
