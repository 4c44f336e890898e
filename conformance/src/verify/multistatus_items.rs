//! `multistatusItems`: the resources that a multistatus tells of are exactly these.

use std::collections::{BTreeMap, BTreeSet};

use super::{Question, Verdict};
use crate::http::unquoted;
use crate::multistatus::{Response, read};

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    let responses = read(question.answer)?;
    let (ok, bad): (Vec<&Response>, Vec<&Response>) = responses.iter().partition(|it| it.is_ok());
    if question.has("count") {
        let wanted = sum(question.values("count"), 1)?;
        return counted("members", whole(ok.len()) - 1, wanted);
    }
    if question.has("totalcount") {
        return counted("resources", whole(ok.len()), sum(question.values("totalcount"), 2)?);
    }
    if question.has("responsecount") {
        let wanted = sum(question.values("responsecount"), 1)?;
        return counted("responses", whole(responses.len()), wanted);
    }
    if question.names().any(is_code) {
        return by_code(question, &responses);
    }
    by_name(question, &ok, &bad)
}

fn by_name(question: &Question<'_>, ok: &[&Response], bad: &[&Response]) -> Verdict {
    let wanted = |name| expanded(question, question.values(name));
    let names = |them: &[&Response]| -> BTreeSet<String> {
        them.iter().map(|it| it.href.trim_end_matches('/').to_owned()).collect()
    };
    let (ok, bad) = (names(ok), names(bad));
    let mut wrong = Vec::new();
    for (kind, found, wanted) in [("", &ok, wanted("okhrefs")), ("bad ", &bad, wanted("badhrefs"))]
    {
        let missing: Vec<&String> = wanted.difference(found).collect();
        let extra: Vec<&String> = found.difference(&wanted).collect();
        if !missing.is_empty() {
            wrong.push(format!("{kind}hrefs missing: {missing:?}"));
        }
        if !extra.is_empty() && !question.has("ignoremissing") {
            wrong.push(format!("{kind}hrefs too many: {extra:?}"));
        }
    }
    let unwanted = wanted("nohrefs");
    let there: Vec<&String> = unwanted.intersection(&ok).collect();
    if !there.is_empty() {
        wrong.push(format!("hrefs that should not be there: {there:?}"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn by_code(question: &Question<'_>, responses: &[Response]) -> Verdict {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for response in responses {
        if let Some(code) = &response.status {
            found.entry(code).or_default().insert(response.href.trim_end_matches('/'));
        }
    }
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for code in question.names().filter(|it| is_code(it)) {
        let hrefs = question.values(code).iter().map(|it| it.trim_end_matches('/'));
        wanted.insert(code, hrefs.collect());
    }
    if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
}

/// Names with the prefix that they stand behind; `[a,b,-]` is several, `-` the prefix itself.
fn expanded(question: &Question<'_>, values: &[String]) -> BTreeSet<String> {
    let prefix = match question.first("prefix") {
        None => question.uri,
        Some("-") => "",
        Some(prefix) => prefix,
    };
    let mut hrefs = BTreeSet::new();
    for value in values {
        let names: Vec<&str> = match value.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some("") => Vec::new(),
            Some(several) => several.split(',').collect(),
            None => vec![value],
        };
        for name in names {
            let name = if name == "-" { "" } else { name };
            hrefs.insert(unquoted(&format!("{prefix}{name}")).trim_end_matches('/').to_owned());
        }
    }
    hrefs
}

fn counted(what: &str, found: i64, wanted: i64) -> Verdict {
    if found == wanted { Ok(()) } else { Err(format!("{found} {what} instead of {wanted}")) }
}

/// The sum of the first values, each a number or a few with plus and minus.
fn sum(values: &[String], many: usize) -> Result<i64, String> {
    values.iter().take(many).map(|it| computed(it)).sum()
}

fn computed(text: &str) -> Result<i64, String> {
    let mut total = 0;
    let mut sign = 1;
    let spaced = text.replace('+', " + ").replace('-', " - ");
    for word in spaced.split_whitespace() {
        match word {
            "+" => sign = 1,
            "-" => sign = -1,
            number => {
                let number: i64 = number.parse().map_err(|_| format!("{text:?} is no number"))?;
                total += sign * number;
            }
        }
    }
    Ok(total)
}

fn whole(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn is_code(name: &str) -> bool {
    name.len() == 3 && name.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    const BODY: &str = "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/c/</D:href><D:propstat>\
        <D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response><D:response>\
        <D:href>/c/a%20b.ics</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 404 Not Found\
        </D:status></D:propstat></D:response><D:response><D:href>/c/gone.ics</D:href>\
        <D:status>HTTP/1.1 404 Not Found</D:status></D:response></D:multistatus>";

    #[test]
    fn the_resources_told_of_are_exactly_those_expected() {
        let gone = ("badhrefs", &["gone.ics"][..]);
        for (case, arguments, expected) in [
            ("all", &[("okhrefs", &["-", "a b.ics"][..]), gone][..], true),
            ("in a list", &[("okhrefs", &["[-,a b.ics]"]), gone], true),
            ("one too few", &[("okhrefs", &["a b.ics"]), gone], false),
            ("one too many", &[("okhrefs", &["-", "a b.ics", "c"]), gone], false),
            ("more is allowed", &[("okhrefs", &["a b.ics"]), ("ignoremissing", &[])], true),
            ("the bad ones are not told", &[("okhrefs", &["-", "a b.ics"])], false),
            (
                "whole hrefs",
                &[
                    ("prefix", &["-"]),
                    ("okhrefs", &["/c/", "/c/a b.ics"]),
                    ("badhrefs", &["/c/gone.ics"]),
                ],
                true,
            ),
            ("not this one", &[("ignoremissing", &[]), ("nohrefs", &["x"])], true),
            (
                "not this one, but it is",
                &[("ignoremissing", &[]), ("nohrefs", &["a b.ics"])],
                false,
            ),
            ("counted", &[("count", &["1"])], true),
            ("counted wrong", &[("count", &["2"])], false),
            ("computed", &[("totalcount", &["3-2", "1"])], true),
            ("responses", &[("responsecount", &["2+1"])], true),
            ("by code", &[("404", &["/c/gone.ics"])], true),
            ("by another code", &[("403", &["/c/gone.ics"])], false),
            ("nothing at all", &[], false),
        ] {
            check(case, "multistatusItems", arguments, &answer(207, &[], BODY), expected);
        }
        let empty = "<D:multistatus xmlns:D='DAV:'/>";
        check("nothing", "multistatusItems", &[], &answer(207, &[], empty), true);
        check("another status", "multistatusItems", &[], &answer(200, &[], empty), false);
        let old = BODY.replace("HTTP/1.1 200", "HTTP/1.0 200");
        check(
            "no status line",
            "multistatusItems",
            &[("count", &["1"])],
            &answer(207, &[], &old),
            false,
        );
    }
}
