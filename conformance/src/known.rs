//! The list of failures that are known, which may only get shorter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::report::{FileResult, Outcome};

/// How much of a verifier's words becomes the reason of a new line.
const REASON_MAX_CHARS: usize = 120;

/// Tests that are known to fail, each with the reason.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<String, String>);

/// How results and list differ.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Differences {
    /// Tests that fail and are not in the list.
    pub unexpected: Vec<String>,
    /// Lines whose test passes, is left out or does not exist.
    pub stale: Vec<String>,
}

/// Whether all tests were played or a choice of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// Lines that name no test are wrong.
    All,
    /// Lines of tests that were not played mean nothing.
    Some,
}

impl Known {
    /// Reads a list: `file | suite | test : reason`, a line each; `#` begins a comment.
    ///
    /// # Errors
    ///
    /// Which line is none, or names a test a second time.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path);
        Self::parse(&text.map_err(|error| format!("{}: {error}", path.display()))?)
            .map_err(|why| format!("{}: {why}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, reason) =
                line.split_once(" : ").ok_or_else(|| format!("no reason given: {line}"))?;
            if key.matches(" | ").count() < 2 {
                return Err(format!("not like file | suite | test : reason: {line}"));
            }
            if lines.insert(key.trim().to_owned(), reason.trim().to_owned()).is_some() {
                return Err(format!("twice in the list: {key}"));
            }
        }
        Ok(Self(lines))
    }

    /// What the list does not say of the results, and says wrongly.
    pub fn compare(&self, results: &[FileResult], extent: Extent) -> Differences {
        let mut differences = Differences::default();
        let mut failed = BTreeSet::new();
        let mut others = BTreeSet::new();
        for (key, outcome) in results.iter().flat_map(FileResult::tests) {
            match outcome {
                Outcome::Failed(_) => failed.insert(key),
                Outcome::Passed | Outcome::Ignored => others.insert(key),
            };
        }
        for key in &failed {
            if !self.0.contains_key(key) {
                differences.unexpected.push(key.clone());
            }
        }
        for key in self.0.keys().filter(|it| !failed.contains(*it)) {
            if extent == Extent::All || others.contains(key) {
                differences.stale.push(key.clone());
            }
        }
        differences
    }

    /// The list as it would be true now: the reasons of lines that stay are kept.
    pub fn rewritten(&self, results: &[FileResult]) -> String {
        let mut out = String::new();
        for (key, outcome) in results.iter().flat_map(FileResult::tests) {
            if let Outcome::Failed(failure) = outcome {
                let first = failure.reason.lines().next().unwrap_or_default().to_owned();
                let new: String = first.chars().take(REASON_MAX_CHARS).collect();
                let reason = self.0.get(&key).unwrap_or(&new);
                let _ = writeln!(out, "{key} : {reason}");
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Failure, SuiteResult, TestResult};

    const LIST: &str = "# the list\n\nput | one | 2 : not done: COPY\nput | one | 3 : gone\n";

    fn results() -> Vec<FileResult> {
        let outcomes = [
            ("1", Outcome::Passed),
            ("2", Outcome::Failed(Failure::of("status 404\n more"))),
            ("3", Outcome::Passed),
            ("4", Outcome::Failed(Failure::of("status 500"))),
        ];
        let tests =
            outcomes.map(|(name, outcome)| TestResult { name: name.into(), outcome }).into();
        let suites = vec![SuiteResult { name: "one".into(), tests }];
        vec![FileResult { name: "put".into(), suites, lost: None }]
    }

    #[test]
    fn a_new_failure_and_a_line_that_passes_are_both_wrong() {
        let known = Known::parse(LIST).unwrap();
        let differences = known.compare(&results(), Extent::All);
        assert_eq!(differences.unexpected, ["put | one | 4"]);
        assert_eq!(differences.stale, ["put | one | 3"]);
    }

    #[test]
    fn a_line_without_its_test_is_wrong_when_all_was_played() {
        let known =
            Known::parse("get | one | 1 : why\nput | one | 2 : w\nput | one | 4 : w").unwrap();
        assert_eq!(known.compare(&results(), Extent::All).stale, ["get | one | 1"]);
        assert_eq!(known.compare(&results(), Extent::Some), Differences::default());
    }

    #[test]
    fn a_new_list_keeps_the_reasons_that_people_wrote() {
        let known = Known::parse(LIST).unwrap();
        let expected = "put | one | 2 : not done: COPY\nput | one | 4 : status 500\n";
        assert_eq!(known.rewritten(&results()), expected);
    }

    #[test]
    fn a_line_that_is_none_is_told() {
        for (case, line) in [
            ("no reason", "put | one | 2"),
            ("no suite", "put | 2 : why"),
            ("twice", "put | one | 2 : why\nput | one | 2 : other"),
        ] {
            assert!(Known::parse(line).is_err(), "{case}");
        }
    }
}
