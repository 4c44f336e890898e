//! `dataMatch`: the body is a file's text.

use super::{Question, Verdict};
use crate::icalendar::unfolded;
use crate::tree::Element;

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    question.expect_status(&["200", "207"])?;
    let path = question.first("filepath").unwrap_or_default();
    let (wanted, found) = (question.file(path)?, question.answer.text());
    let is_like = |ending: &str| path.to_ascii_lowercase().ends_with(ending);
    let is_same = found == wanted
        || found == wanted.replace('\n', "\r\n")
        || is_like(".ics") && unfolded(&found) == unfolded(&wanted)
        || is_like(".xml") && has_same_elements(&found, &wanted);
    if is_same { Ok(()) } else { Err(format!("the body is not {path}")) }
}

fn has_same_elements(one: &str, other: &str) -> bool {
    let written = |text: &str| Element::parse(text.as_bytes()).map(|it| it.written());
    written(one).is_ok_and(|one| written(other) == Ok(one))
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn a_body_is_a_file_whatever_its_line_ends() {
        let path = "Cargo.toml";
        let text = std::fs::read_to_string(path).unwrap();
        let arguments = [("filepath", &[path][..])];
        for (case, body, expected) in [
            ("the same", text.clone(), true),
            ("other line ends", text.replace('\n', "\r\n"), true),
            ("another text", text.replace('p', "q"), false),
        ] {
            check(case, "dataMatch", &arguments, &answer(200, &[], &body), expected);
        }
        check("a status", "dataMatch", &arguments, &answer(404, &[], &text), false);
        check("no file", "dataMatch", &[("filepath", &["none"])], &answer(200, &[], ""), false);
    }
}
