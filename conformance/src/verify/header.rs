//! `header`: a header is there once, at least once or not at all, and says what it should.

use super::{Question, Verdict, matches_at_start};

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.values("header").iter().try_for_each(|it| test(question, it))
}

/// How often a header must be there.
enum Times {
    Once,
    Often,
    Never,
}

fn test(question: &Question<'_>, wanted: &str) -> Verdict {
    let (times, wanted) = match wanted.split_at_checked(1) {
        Some(("!", rest)) => (Times::Never, rest),
        Some(("*", rest)) => (Times::Often, rest),
        _ => (Times::Once, wanted),
    };
    let (name, pattern) = match wanted.find(['$', '!']) {
        Some(at) => (&wanted[..at], Some(wanted[at..].split_at(1))),
        None => (wanted, None),
    };
    let found: Vec<String> = question.answer.values(name).map(without_blanks).collect();
    match (times, found.len()) {
        (Times::Never, 0) => return Ok(()),
        (Times::Never, _) => return Err(format!("{name} is there: {}", found.join(" | "))),
        (_, 0) => return Err(format!("{name} is missing")),
        (Times::Once, 2..) => return Err(format!("{name} is there {} times", found.len())),
        (Times::Once | Times::Often, _) => {}
    }
    let Some((kind, pattern)) = pattern else { return Ok(()) };
    let pattern = without_blanks(pattern);
    let mut is_matched = false;
    for value in &found {
        // An entity tag that came before may have signs in it that patterns are made of.
        is_matched |= value == &pattern || matches_at_start(&pattern, value)?;
    }
    match (kind, is_matched) {
        ("$", false) => Err(format!("{name} is {}, not like {pattern}", found.join(" | "))),
        ("!", true) => Err(format!("{name} is {}", found.join(" | "))),
        _ => Ok(()),
    }
}

fn without_blanks(text: &str) -> String {
    text.replace(' ', "")
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn headers_are_counted_and_matched() {
        let headers =
            [("ETag", "\"a.b\""), ("DAV", "1, calendar-access"), ("dav", "2"), ("L", "x")];
        for (wanted, expected) in [
            ("ETag", true),
            ("etag", true),
            ("Schedule-Tag", false),
            ("!Schedule-Tag", true),
            ("!ETag", false),
            ("DAV", false),
            ("*DAV", true),
            ("*DAV$.*calendar-access.*", true),
            ("*DAV$.*addressbook.*", false),
            ("ETag$\"a.b\"", true),
            ("ETag!\"a.b\"", false),
            ("ETag!\"other\"", true),
            ("L$y", false),
            ("L$", true),
        ] {
            let arguments = [("header", &[wanted][..])];
            check(wanted, "header", &arguments, &answer(200, &headers, ""), expected);
        }
    }
}
