//! `prepostcondition`: the body is a `DAV:error` with exactly these conditions (RFC 4918 §16).

use std::collections::BTreeSet;

use super::{Question, Verdict};
use crate::tree::Element;

/// A description that Apple's server adds for people.
const DESCRIPTION: &str = "{http://twistedmatrix.com/xml_namespace/dav/}error-description";

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    let statuses: Vec<&str> = question.values("status").iter().map(String::as_str).collect();
    question.expect_status(if statuses.is_empty() { &["403", "409", "507"] } else { &statuses })?;
    let root = Element::parse(&question.answer.body)?;
    if root.name != "{DAV:}error" {
        return Err(format!("{} instead of an error", root.name));
    }
    let found: BTreeSet<&str> =
        root.children.iter().map(|it| it.name.as_str()).filter(|it| *it != DESCRIPTION).collect();
    let wanted: BTreeSet<&str> = question.values("error").iter().map(String::as_str).collect();
    let has_all = wanted.is_subset(&found);
    if has_all && (question.has("ignoreextras") || found.len() == wanted.len()) {
        return Ok(());
    }
    Err(format!("the error is {found:?} instead of {wanted:?}"))
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn an_error_names_exactly_what_was_not_kept() {
        let one = "<D:error xmlns:D='DAV:'><D:need-privileges/></D:error>";
        let two = "<error xmlns='DAV:'><need-privileges/><x/></error>";
        let wanted = ("error", &["{DAV:}need-privileges"][..]);
        for (case, arguments, status, body, expected) in [
            ("it", &[wanted][..], 403, one, true),
            ("another status", &[wanted], 412, one, false),
            ("a status that is asked for", &[wanted, ("status", &["412"])], 412, one, true),
            ("one too many", &[wanted], 403, two, false),
            ("more is allowed", &[wanted, ("ignoreextras", &[])], 403, two, true),
            ("another", &[("error", &["{DAV:}x"])], 403, one, false),
            ("no body", &[wanted], 403, "", false),
            ("no error", &[wanted], 403, "<need-privileges xmlns='DAV:'/>", false),
        ] {
            check(case, "prepostcondition", arguments, &answer(status, &[], body), expected);
        }
    }
}
