//! `propfindValues`: every response has these properties, with values like these patterns.

use super::propfind_items::retain_chosen;
use super::{Question, Verdict, matches_at_start};
use crate::multistatus::{Response, read};
use crate::tree::split;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    let mut told = read(question.answer)?;
    retain_chosen(&mut told, question);
    for response in &told {
        for wanted in question.values("props") {
            test(response, wanted).map_err(|why| format!("{}: {why}", response.href))?;
        }
    }
    Ok(())
}

fn test(response: &Response, wanted: &str) -> Verdict {
    let space = split(wanted).map_or(0, |(space, _)| space.len() + 2);
    let at = wanted[space..].find(['$', '!']).map_or(wanted.len(), |at| at + space);
    let (name, pattern) = wanted.split_at(at);
    let Some(property) = response.property(name) else { return Err(format!("{name} is missing")) };
    let value = property.value();
    let Some((kind, pattern)) = pattern.split_at_checked(1) else { return Ok(()) };
    match (kind, matches_at_start(pattern, &value)?) {
        ("$", false) => Err(format!("{name} is {value:?}, not like {pattern}")),
        ("!", true) => Err(format!("{name} is {value:?}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn values_are_like_their_patterns() {
        let body = "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/c/</D:href><D:propstat>\
            <D:prop><D:a>one two</D:a></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>\
            </D:response></D:multistatus>";
        for (wanted, expected) in [
            ("{DAV:}a$one.*", true),
            ("{DAV:}a$two", false),
            ("{DAV:}a!two", true),
            ("{DAV:}a!one", false),
            ("{DAV:}a", true),
            ("{DAV:}b", false),
        ] {
            check(
                wanted,
                "propfindValues",
                &[("props", &[wanted])],
                &answer(207, &[], body),
                expected,
            );
        }
        check("vacuous", "propfindValues", &[("okprops", &["x"])], &answer(207, &[], body), true);
    }
}
