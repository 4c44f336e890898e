//! What came of the tests, and how it is told.

use std::fmt::Write as _;

use crate::http::{Answer, Asked};

/// How much of a body is told.
const BODY_MAX_BYTES: usize = 3000;

/// What came of a file.
#[derive(Clone, Debug)]
pub struct FileResult {
    /// The file's name.
    pub name: String,
    /// What came of its suites.
    pub suites: Vec<SuiteResult>,
    /// Why none of its tests could be played, if so.
    pub lost: Option<String>,
}

/// What came of a suite.
#[derive(Clone, Debug)]
pub struct SuiteResult {
    /// The suite's name.
    pub name: String,
    /// What came of its tests.
    pub tests: Vec<TestResult>,
}

/// What came of a test.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What may come of a test.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All its requests were answered as they should.
    Passed,
    /// One was not.
    Failed(Failure),
    /// It is not for this server, or left out.
    Ignored,
}

/// Why a test failed.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// In a few words.
    pub reason: String,
    /// The request and its answer.
    pub talk: String,
}

/// How many tests passed, failed or were left out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests, suites and files that were left out, each counted once.
    pub ignored: usize,
}

impl Failure {
    /// A reason alone.
    pub(crate) fn of(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), talk: String::new() }
    }
}

impl SuiteResult {
    /// A suite of which nothing was played.
    pub(crate) fn ignored(name: &str) -> Self {
        let test = TestResult { name: String::new(), outcome: Outcome::Ignored };
        Self { name: name.to_owned(), tests: vec![test] }
    }

    /// How its tests went.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for test in &self.tests {
            match test.outcome {
                Outcome::Passed => totals.passed += 1,
                Outcome::Failed(_) => totals.failed += 1,
                Outcome::Ignored => totals.ignored += 1,
            }
        }
        totals
    }
}

impl FileResult {
    /// How its tests went.
    pub fn totals(&self) -> Totals {
        self.suites.iter().fold(Totals::default(), |sum, it| sum.and(it.totals()))
    }

    /// Every test with the name it has in lists: `file | suite | test`.
    pub fn tests(&self) -> impl Iterator<Item = (String, &Outcome)> {
        self.suites.iter().flat_map(move |suite| {
            let tests = suite.tests.iter();
            tests.map(move |test| (key(&self.name, &suite.name, &test.name), &test.outcome))
        })
    }

    /// A line for the file and one for each suite, and why it was lost if it was.
    pub fn summary(&self) -> String {
        let mut out = format!("{:<44}{}\n", self.name, self.totals().told());
        if let Some(why) = &self.lost {
            let _ = writeln!(out, "  !!! LOST TO ITS START BLOCK: {why}");
            return out;
        }
        for suite in &self.suites {
            let _ = writeln!(out, "  {:<42}{}", suite.name, suite.totals().told());
        }
        out
    }

    /// Every failure with its request and answer.
    pub fn failures(&self) -> String {
        let mut out = String::new();
        for (key, outcome) in self.tests() {
            if let Outcome::Failed(failure) = outcome {
                let _ = writeln!(out, "FAILED {key}\n  {}\n{}", failure.reason, failure.talk);
            }
        }
        out
    }
}

impl Totals {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }

    /// In words.
    pub fn told(self) -> String {
        format!("{:>4} passed {:>4} failed {:>4} ignored", self.passed, self.failed, self.ignored)
    }
}

/// The name of a test in lists.
pub(crate) fn key(file: &str, suite: &str, test: &str) -> String {
    format!("{file} | {suite} | {test}").replace(" : ", " - ")
}

/// A request and its answer, or why there is none, as people read them.
pub(crate) fn talk(asked: &Asked, answer: Option<&Answer>) -> String {
    let mut out = format!("    > {} {}\n", asked.method, asked.path);
    if let Some((user, _)) = &asked.login {
        let _ = writeln!(out, "    > (as {user})");
    }
    for (name, value) in &asked.headers {
        let _ = writeln!(out, "    > {name}: {value}");
    }
    body(&mut out, asked.body.as_deref().unwrap_or_default(), "    >   ");
    if let Some(answer) = answer {
        let _ = writeln!(out, "    < {}", answer.status);
        for (name, value) in &answer.headers {
            let _ = writeln!(out, "    < {name}: {value}");
        }
        body(&mut out, &answer.body, "    <   ");
    }
    out
}

fn body(out: &mut String, body: &[u8], margin: &str) {
    let cut = &body[..body.len().min(BODY_MAX_BYTES)];
    for line in String::from_utf8_lossy(cut).lines() {
        let _ = writeln!(out, "{margin}{line}");
    }
    if body.len() > cut.len() {
        let _ = writeln!(out, "{margin}… {} bytes in all", body.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_counts_what_its_suites_count() {
        let test = |name: &str, outcome| TestResult { name: name.into(), outcome };
        let failed = Outcome::Failed(Failure::of("status 404"));
        let tests = vec![test("1", Outcome::Passed), test("2", failed)];
        let file = FileResult {
            name: "put".into(),
            suites: vec![SuiteResult { name: "one".into(), tests }, SuiteResult::ignored("two")],
            lost: None,
        };
        assert_eq!(file.totals(), Totals { passed: 1, failed: 1, ignored: 1 });
        assert!(file.failures().starts_with("FAILED put | one | 2\n  status 404"));
        assert!(!file.summary().contains("LOST"));
        let lost = FileResult { lost: Some("PUT: status 500".into()), ..file };
        assert!(lost.summary().contains("LOST TO ITS START BLOCK: PUT: status 500"));
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let asked = Asked { method: "GET".into(), path: "/".into(), ..Asked::default() };
        let answer = Answer { status: 200, body: vec![b'x'; 9000], ..Answer::default() };
        let told = talk(&asked, Some(&answer));
        assert!(told.len() < 4000 && told.contains("9000 bytes in all"), "{told}");
    }
}
