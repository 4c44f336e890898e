//! The questions that scripts ask about answers, one file for each kind.

mod acl_items;
mod calendar_data;
mod data_match;
mod data_string;
mod free_busy;
mod header;
pub(crate) mod json_pointer;
mod multistatus_items;
mod post_free_busy;
mod precondition;
mod propfind_items;
mod propfind_values;
mod status_code;
mod xml_data;
pub(crate) mod xml_element;

use std::path::Path;

use crate::http::Answer;
use crate::script::Verifier;
use crate::serverinfo::ServerInfo;
use crate::variables::Variables;

/// Whether the answer is as the script wants it, or why it is not.
pub(crate) type Verdict = Result<(), String>;

/// What there is to compare an answer with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) info: &'a ServerInfo,
    pub(crate) variables: &'a Variables,
    /// The folder that the paths of bodies begin in.
    pub(crate) data: &'a Path,
}

/// One verifier's question about one answer.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) answer: &'a Answer,
    /// The place that was asked, not percent-encoded.
    pub(crate) uri: &'a str,
    pub(crate) stage: Stage<'a>,
    arguments: Vec<(String, Vec<String>)>,
}

type Ask = fn(&Question<'_>) -> Verdict;

/// Every verifier by the name that scripts call it.
const VERIFIERS: [(&str, Ask); 16] = [
    ("aclItems", acl_items::verify),
    ("calendarDataMatch", calendar_data::verify),
    ("dataMatch", data_match::verify),
    ("dataString", data_string::verify),
    ("freeBusy", free_busy::verify),
    ("header", header::verify),
    ("jcalDataMatch", calendar_data::verify_json),
    ("jsonPointerMatch", json_pointer::verify),
    ("multistatusItems", multistatus_items::verify),
    ("postFreeBusy", post_free_busy::verify),
    ("prepostcondition", precondition::verify),
    ("propfindItems", propfind_items::verify),
    ("propfindValues", propfind_values::verify),
    ("statusCode", status_code::verify),
    ("xmlDataMatch", xml_data::verify),
    ("xmlElementMatch", xml_element::verify),
];

/// Whether scripts may name this verifier.
pub(crate) fn is_known(name: &str) -> bool {
    VERIFIERS.iter().any(|it| it.0 == name)
}

/// Asks what `verifier` asks.
///
/// # Errors
///
/// Why the answer is not as it should be.
pub(crate) fn verify(verifier: &Verifier, answer: &Answer, uri: &str, stage: Stage<'_>) -> Verdict {
    let fill = |values: &Vec<String>| values.iter().map(|it| stage.variables.fill(it)).collect();
    let arguments =
        verifier.arguments.iter().map(|(name, values)| (name.clone(), fill(values))).collect();
    let question = Question { answer, uri, stage, arguments };
    let (_, ask) = VERIFIERS
        .iter()
        .find(|it| it.0 == verifier.name)
        .ok_or_else(|| format!("no verifier is called {}", verifier.name))?;
    ask(&question).map_err(|why| format!("{}: {why}", verifier.name))
}

impl Question<'_> {
    /// The values of an argument; none where it is not given.
    pub(crate) fn values(&self, name: &str) -> &[String] {
        self.arguments.iter().find(|it| it.0 == name).map_or(&[], |it| &it.1)
    }

    /// Whether an argument is given at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.arguments.iter().any(|it| it.0 == name)
    }

    /// The first value of an argument.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    /// The names of all arguments.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().map(|it| it.0.as_str())
    }

    /// Whether the status is one of these.
    pub(crate) fn expect_status(&self, expected: &[&str]) -> Verdict {
        let status = self.answer.status.to_string();
        match expected.iter().any(|it| is_status(&status, it)) {
            true => Ok(()),
            false => Err(format!("status {status} instead of {}", expected.join(" or "))),
        }
    }

    /// A file among the bodies, with the variables put in.
    pub(crate) fn file(&self, path: &str) -> Result<String, String> {
        let path = self.stage.data.join(path);
        let bytes = std::fs::read(&path).map_err(|it| format!("{}: {it}", path.display()))?;
        Ok(self.stage.variables.fill(&String::from_utf8_lossy(&bytes)))
    }
}

/// Whether `status` is `expected`, which may be a class such as `2xx`.
pub(crate) fn is_status(status: &str, expected: &str) -> bool {
    match expected.strip_suffix("xx") {
        Some(class) => status.len() == 3 && status.starts_with(class),
        None => status == expected,
    }
}

/// Whether a pattern is found at the beginning of a text.
pub(crate) fn matches_at_start(pattern: &str, text: &str) -> Result<bool, String> {
    let anchored = format!("^(?s:{pattern})");
    let regex = regex_lite::Regex::new(&anchored);
    regex.map(|it| it.is_match(text)).map_err(|_| format!("{pattern:?} is no pattern"))
}

#[cfg(test)]
pub(crate) mod testing {
    //! Questions for the tests of verifiers.

    use super::*;
    use jiff::civil::date;

    /// An answer of a status, with headers and a body.
    pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
        Answer { status, headers, body: body.into() }
    }

    /// Asks a verifier about an answer to a request for `/c/`.
    pub(crate) fn asked(name: &str, arguments: &[(&str, &[&str])], answer: &Answer) -> Verdict {
        let arguments = arguments
            .iter()
            .map(|it| (it.0.to_owned(), it.1.iter().map(|it| (*it).to_owned()).collect()))
            .collect();
        let verifier =
            Verifier { gate: crate::script::Gate::default(), name: name.to_owned(), arguments };
        let (info, data) = (ServerInfo::default(), Path::new(env!("CARGO_MANIFEST_DIR")));
        let variables = Variables::new(info.fixed(), date(2026, 1, 1));
        let stage = Stage { info: &info, variables: &variables, data };
        verify(&verifier, answer, "/c/", stage)
    }

    /// Asserts whether a verifier is content.
    #[track_caller]
    pub(crate) fn check(
        case: &str,
        name: &str,
        arguments: &[(&str, &[&str])],
        answer: &Answer,
        expected: bool,
    ) {
        let verdict = asked(name, arguments, answer);
        assert_eq!(verdict.is_ok(), expected, "{case}: {verdict:?}");
    }

    #[test]
    fn every_verifier_has_one_name() {
        for (name, _) in VERIFIERS {
            assert!(is_known(name));
        }
        assert!(!is_known("guess"));
    }

    #[test]
    fn patterns_are_looked_for_at_the_beginning_alone() {
        for (pattern, text, expected) in [
            (".*calendar-access.*", "1,2,calendar-access", true),
            ("calendar-access", "1,calendar-access", false),
            (".*attachments*", "1,attachment", true),
            ("a|b", "xb", false),
        ] {
            assert_eq!(matches_at_start(pattern, text), Ok(expected), "{pattern}");
        }
        assert!(matches_at_start("(", "x").is_err());
    }
}
