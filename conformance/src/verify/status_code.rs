//! `statusCode`: the status is one of these, or of one of these classes.

use super::{Question, Verdict};

pub(super) fn verify(question: &Question<'_>) -> Verdict {
    let expected: Vec<&str> = question.values("status").iter().map(String::as_str).collect();
    question.expect_status(if expected.is_empty() { &["2xx"] } else { &expected })
}

#[cfg(test)]
mod tests {
    use crate::verify::testing::{answer, check};

    #[test]
    fn a_status_is_one_of_those_expected_or_of_their_class() {
        for (case, arguments, status, expected) in [
            ("any success", &[][..], 204, true),
            ("no success", &[], 404, false),
            ("exactly", &[("status", &["403"][..])][..], 403, true),
            ("not exactly", &[("status", &["403"])], 404, false),
            ("one of two", &[("status", &["403", "404"])], 404, true),
            ("a class", &[("status", &["4xx"])], 412, true),
            ("another name counts for nothing", &[("403", &["403"])], 403, false),
        ] {
            check(case, "statusCode", arguments, &answer(status, &[], ""), expected);
        }
    }
}
