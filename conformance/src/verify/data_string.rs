//! `dataString`: the body is, has or has not these texts.

use super::{Question, Verdict};

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    let body = question.answer.text();
    if question.has("empty") {
        return if body.is_empty() { Ok(()) } else { Err("the body is not empty".into()) };
    }
    if body.is_empty() {
        return Err("no body".into());
    }
    let body = match question.has("unwrap") {
        true => body.replace("\r\n ", ""),
        false => body,
    };
    for wanted in question.values("equals") {
        if !either(wanted).contains(&body) {
            return Err(format!("the body is not {wanted:?}"));
        }
    }
    for wanted in question.values("contains") {
        if !either(wanted).iter().any(|it| body.contains(it)) {
            return Err(format!("{wanted:?} is not in the body"));
        }
    }
    for unwanted in question.values("notcontains") {
        if either(unwanted).iter().any(|it| body.contains(it)) {
            return Err(format!("{unwanted:?} is in the body"));
        }
    }
    Ok(())
}

/// The text with line ends of both kinds.
fn either(text: &str) -> [String; 2] {
    [text.to_owned(), text.replace('\n', "\r\n")]
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn texts_are_looked_for_with_either_line_end() {
        let body = "one\r\ntwo\r\n three";
        for (case, arguments, body, expected) in [
            ("in it", &[("contains", &["one\ntwo"][..])][..], body, true),
            ("not in it", &[("contains", &["four"])], body, false),
            ("not unfolded", &[("contains", &["twothree"])], body, false),
            ("unfolded", &[("unwrap", &[]), ("contains", &["twothree"])], body, true),
            ("all of it", &[("equals", &["one\ntwo\n three"])], body, true),
            ("a part", &[("equals", &["one"])], body, false),
            ("absent", &[("notcontains", &["four"])], body, true),
            ("present", &[("notcontains", &["one"])], body, false),
            ("no body", &[("notcontains", &["one"])], "", false),
            ("empty", &[("empty", &[])], "", true),
            ("not empty", &[("empty", &[])], body, false),
        ] {
            check(case, "dataString", arguments, &answer(200, &[], body), expected);
        }
    }
}
