//! `propfindItems`: every response has exactly these properties, with these values.

use std::collections::BTreeSet;

use super::{Question, Verdict};
use crate::multistatus::{Response, responses};
use crate::tree::Element;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&[question.first("status").unwrap_or("207")])?;
    let root = Element::parse(&question.answer.body)?;
    let wanted_root = question.first("root-element").unwrap_or("{DAV:}multistatus");
    if root.name != wanted_root {
        return Err(format!("{} instead of {wanted_root}", root.name));
    }
    let mut told = responses(&root)?;
    retain_chosen(&mut told, question);
    if let Some(count) = question.first("count") {
        let found = told.len().to_string();
        return match found == count {
            true => Ok(()),
            false => Err(format!("{found} responses instead of {count}")),
        };
    }
    let ok = wanted(question.values("okprops"))?;
    let bad = wanted(question.values("badprops"))?;
    for response in &told {
        compare(response.good(), &ok).map_err(|why| format!("{}: {why}", response.href))?;
        compare(response.bad(), &bad)
            .map_err(|why| format!("{}: among the refused: {why}", response.href))?;
    }
    Ok(())
}

/// Leaves out the responses that the script does not want to look at.
pub(super) fn retain_chosen(told: &mut Vec<Response>, question: &Question<'_>) {
    let (only, ignored) = (question.values("only"), question.values("ignore"));
    told.retain(|it| (only.is_empty() || only.contains(&it.href)) && !ignored.contains(&it.href));
}

/// A property as a script wants it.
struct Wanted {
    name: String,
    value: Value,
}

enum Value {
    Any,
    Is(String),
    IsNot(String),
}

fn wanted(values: &[String]) -> Result<Vec<Wanted>, String> {
    values.iter().map(|it| Wanted::of(it)).collect()
}

impl Wanted {
    fn of(text: &str) -> Result<Self, String> {
        // A namespace may have both signs in it.
        let name_start = text.find('}').map_or(0, |at| at + 1);
        let Some(at) = text[name_start..].find(['$', '!']).map(|at| at + name_start) else {
            return Ok(Self { name: text.to_owned(), value: Value::Any });
        };
        let value = match text[at + 1..].starts_with('<') {
            true => Element::parse(&text.as_bytes()[at + 1..])?.written(),
            false => text[at + 1..].to_owned(),
        };
        let is_wanted = text[at..].starts_with('$');
        let value = if is_wanted { Value::Is(value) } else { Value::IsNot(value) };
        Ok(Self { name: text[..at].to_owned(), value })
    }
}

fn compare<'a>(found: impl Iterator<Item = &'a Element>, wanted: &[Wanted]) -> Verdict {
    let found: Vec<&Element> = found.collect();
    let mut wrong = Vec::new();
    for it in wanted {
        let values: Vec<String> =
            found.iter().filter(|of| of.name == it.name).map(|of| of.value()).collect();
        match (&it.value, values.first()) {
            (_, None) => wrong.push(format!("{} is missing", it.name)),
            (Value::Is(value), Some(found)) if !values.contains(value) => {
                wrong.push(format!("{} is {found:?} instead of {value:?}", it.name));
            }
            (Value::IsNot(value), Some(_)) if values.contains(value) => {
                wrong.push(format!("{} is {value:?}", it.name));
            }
            (Value::Any | Value::Is(_) | Value::IsNot(_), Some(_)) => {}
        }
    }
    let names: BTreeSet<&str> = wanted.iter().map(|it| it.name.as_str()).collect();
    for extra in found.iter().filter(|it| !names.contains(it.name.as_str())) {
        wrong.push(format!("{} was not expected", extra.name));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    const BODY: &str = "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/c/</D:href><D:propstat>\
        <D:prop><D:displayname>Work</D:displayname><D:owner><D:href>/p/</D:href></D:owner><x/>\
        </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:no/>\
        </D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>\
        </D:multistatus>";

    #[test]
    fn properties_are_exactly_those_expected() {
        let (name, owner) = ("{DAV:}displayname", "{DAV:}owner");
        let no = ("badprops", &["{DAV:}no"][..]);
        for (case, arguments, expected) in [
            ("names", &[("okprops", &[name, owner, "x"][..]), no][..], true),
            ("one too few", &[("okprops", &[name, owner]), no], false),
            ("one too many", &[("okprops", &[name, owner, "x", "y"]), no], false),
            ("the refused one is not told", &[("okprops", &[name, owner, "x"])], false),
            ("a value", &[("okprops", &["{DAV:}displayname$Work", owner, "x"]), no], true),
            ("another value", &[("okprops", &["{DAV:}displayname$Play", owner, "x"]), no], false),
            ("not that value", &[("okprops", &["{DAV:}displayname!Play", owner, "x"]), no], true),
            ("but it is", &[("okprops", &["{DAV:}displayname!Work", owner, "x"]), no], false),
            ("empty", &[("okprops", &[name, owner, "x$"]), no], true),
            ("not empty", &[("okprops", &["{DAV:}displayname$", owner, "x"]), no], false),
            (
                "an element",
                &[("okprops", &[name, "x", "{DAV:}owner$<href xmlns=\"DAV:\">/p/</href>"]), no],
                true,
            ),
            (
                "another element",
                &[("okprops", &[name, "x", "{DAV:}owner$<href xmlns=\"DAV:\">/q/</href>"]), no],
                false,
            ),
            ("nobody looks", &[("ignore", &["/c/"])], true),
            ("counted", &[("count", &["1"])], true),
            ("counted wrong", &[("only", &["/d/"]), ("count", &["1"])], false),
        ] {
            check(case, "propfindItems", arguments, &answer(207, &[], BODY), expected);
        }
        check("another root", "propfindItems", &[], &answer(207, &[], "<x/>"), false);
    }
}
