//! One script played from its start block to its end.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::clock::Deadline;
use crate::grab::grab;
use crate::http::{Answer, Asked, Client, quoted};
use crate::report::{Failure, FileResult, Outcome, SuiteResult, TestResult, key, talk};
use crate::script::{Choice, Data, Request, Script, Suite, Test};
use crate::serverinfo::ServerInfo;
use crate::variables::{Variables, new_uuid, today};
use crate::verify::{Stage, verify};

/// Why a request did not do what it should.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    Failed(Failure),
    /// There is nothing to send.
    Ignored,
}

/// Whether a request has gone well.
pub(crate) type Done = Result<(), Stop>;

/// What a request has to come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Aim {
    /// All its verifiers are content.
    Verified,
    /// It is answered with a 2xx.
    Successful,
}

/// One script in play.
pub(crate) struct Player<'a> {
    pub(crate) info: &'a ServerInfo,
    data: &'a Path,
    client: Client,
    pub(crate) variables: Variables,
    /// The resource that was found last: `$`.
    pub(crate) located: String,
    /// All resources that were found before.
    pub(crate) found_before: HashSet<String>,
    /// The entity tags of what was read in this suite.
    pub(crate) etags: HashMap<String, String>,
    end_deletes: Vec<(String, Option<(String, String)>)>,
    label: String,
    last_talk: String,
}

impl<'a> Player<'a> {
    /// A player of one script against the server that `info` tells of.
    ///
    /// # Errors
    ///
    /// If the machine gives no room for it.
    pub(crate) fn new(info: &'a ServerInfo, data: &'a Path) -> Result<Self, String> {
        let mut variables = Variables::new(info.fixed(), today());
        variables.roll_uids();
        Ok(Self {
            info,
            data,
            client: Client::new(&info.host, info.port)?,
            variables,
            located: String::new(),
            found_before: HashSet::new(),
            etags: HashMap::new(),
            end_deletes: Vec::new(),
            label: String::new(),
            last_talk: String::new(),
        })
    }

    /// Plays a script, or the tests of it whose names contain `only`.
    pub(crate) fn play(&mut self, file: &str, script: &Script, only: Option<&str>) -> FileResult {
        let mut result = FileResult { name: file.to_owned(), suites: Vec::new(), lost: None };
        if !self.info.admits(&script.gate) {
            result.suites.push(SuiteResult::ignored(""));
            return result;
        }
        self.label = format!("{file} | start");
        let started = self.start(script);
        if let Err(failure) = &started {
            result.lost = Some(failure.reason.lines().next().unwrap_or_default().to_owned());
        }
        let has_only = script.suites.iter().any(|it| it.choice == Choice::Only);
        for suite in &script.suites {
            let is_chosen =
                suite.choice == Choice::Normal && !has_only || suite.choice == Choice::Only;
            if !is_chosen || !self.info.admits(&suite.gate) {
                if only.is_none() {
                    result.suites.push(SuiteResult::ignored(&suite.name));
                }
                continue;
            }
            let played = self.play_suite(file, suite, only, started.as_ref().err());
            if !played.tests.is_empty() {
                result.suites.push(played);
            }
        }
        self.label = format!("{file} | end");
        self.end(script);
        result
    }

    fn start(&mut self, script: &Script) -> Result<(), Failure> {
        for request in &script.start {
            match self.perform(request, 1, Aim::Successful) {
                Ok(()) | Err(Stop::Ignored) => {}
                Err(Stop::Failed(failure)) => {
                    let place = self.variables.fill(&request.uris[0]);
                    let reason = format!("{} {place}: {}", request.method, failure.reason);
                    return Err(Failure { reason, ..failure });
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, script: &Script) {
        // What comes of cleaning up is not what is tested.
        for (path, login) in std::mem::take(&mut self.end_deletes) {
            let asked = Asked { method: "DELETE".into(), path, login, ..Asked::default() };
            let _ = self.send(asked);
        }
        for request in &script.end {
            let _ = self.perform(request, 1, Aim::Successful);
        }
    }

    fn play_suite(
        &mut self,
        file: &str,
        suite: &Suite,
        only: Option<&str>,
        lost: Option<&Failure>,
    ) -> SuiteResult {
        self.etags.clear();
        if suite.changes_uids {
            self.variables.roll_uids();
        }
        let has_only = suite.tests.iter().any(|it| it.choice == Choice::Only);
        let mut tests = Vec::new();
        for test in &suite.tests {
            let name = key(file, &suite.name, &test.name);
            if only.is_some_and(|it| !name.contains(it)) {
                continue;
            }
            self.label = name;
            let is_chosen =
                test.choice == Choice::Normal && !has_only || test.choice == Choice::Only;
            let outcome = match lost {
                _ if !is_chosen || !self.info.admits(&test.gate) => Outcome::Ignored,
                Some(failure) => Outcome::Failed(Failure {
                    reason: format!("lost to its start block: {}", failure.reason),
                    talk: failure.talk.clone(),
                }),
                None => self.play_test(test),
            };
            tests.push(TestResult { name: test.name.clone(), outcome });
        }
        SuiteResult { name: suite.name.clone(), tests }
    }

    /// Plays a test as often as it says; what comes of the last time counts.
    fn play_test(&mut self, test: &Test) -> Outcome {
        let mut outcome = Outcome::Passed;
        for number in 1..=test.count {
            let mut requests = test.requests.iter();
            let stop = requests.find_map(|it| self.perform(it, number, Aim::Verified).err());
            outcome = match stop {
                None => Outcome::Passed,
                Some(Stop::Failed(failure)) => Outcome::Failed(failure),
                Some(Stop::Ignored) => Outcome::Ignored,
            };
        }
        outcome
    }

    fn perform(&mut self, request: &Request, number: u32, aim: Aim) -> Done {
        if !self.info.admits(&request.gate) {
            return Ok(());
        }
        if !request.iterates_data {
            return self.patiently(request, number, aim, None);
        }
        let folder = request.data.as_ref().map(|it| it.path.clone()).unwrap_or_default();
        let files = files_in(&self.data.join(self.variables.fill(&folder)));
        if files.is_empty() {
            return Err(Stop::Ignored);
        }
        for file in files {
            self.patiently(request, number, aim, Some(&format!("{folder}/{file}")))?;
        }
        Ok(())
    }

    /// Performs a request, again and again where the script allows for it.
    fn patiently(&mut self, request: &Request, number: u32, aim: Aim, data: Option<&str>) -> Done {
        let deadline = Deadline::after_s(self.info.wait_success_s);
        loop {
            let done = self.once(request, number, aim, data);
            if done.is_ok() || !request.waits_for_success || deadline.is_over() {
                return done;
            }
        }
    }

    fn once(&mut self, request: &Request, number: u32, aim: Aim, data: Option<&str>) -> Done {
        self.last_talk.clear();
        let has_answer = self.before(request, number)?;
        let (uri, path) = if request.became_get.get() {
            (self.located.clone(), quoted(&self.located))
        } else {
            self.place(request, number)
        };
        if !has_answer {
            return self.remember(request, &Answer::default());
        }
        if !path.starts_with('/') {
            return Err(self.failed(format!("{uri:?} is no place: nothing was found before")));
        }
        let login = self.login(request);
        if request.deletes_at_end {
            self.end_deletes.push((path.clone(), login.clone()));
        }
        let method = match request.became_get.get() {
            true => "GET".to_owned(),
            false => request.method.clone(),
        };
        let body = match &request.data {
            Some(it) => Some(self.body(it, number, data)?),
            None => None,
        };
        let asked = Asked { method, path, login, headers: self.headers(request, number), body };
        let is_get = asked.method == "GET";
        let answer = self.send(asked).map_err(|why| self.failed(why))?;
        if let Some(tag) = answer.values("ETag").next().filter(|_| is_get) {
            self.etags.insert(uri.clone(), tag.to_owned());
        }
        self.judge(request, aim, &answer, &uri)?;
        self.remember(request, &answer)
    }

    fn judge(&self, request: &Request, aim: Aim, answer: &Answer, uri: &str) -> Done {
        if aim == Aim::Successful {
            return match answer.status {
                200..=299 => Ok(()),
                other => Err(self.failed(format!("status {other} instead of 2xx"))),
            };
        }
        let stage = Stage { info: self.info, variables: &self.variables, data: self.data };
        let mut reasons = Vec::new();
        for verifier in &request.verifiers {
            if self.info.admits(&verifier.gate) {
                reasons.extend(verify(verifier, answer, uri, stage).err());
            }
        }
        if reasons.is_empty() { Ok(()) } else { Err(self.failed(reasons.join("\n  "))) }
    }

    fn remember(&mut self, request: &Request, answer: &Answer) -> Done {
        for it in &request.grabs {
            grab(it, answer, &self.located, &mut self.variables)
                .map_err(|why| self.failed(format!("nothing to remember: {why}")))?;
        }
        Ok(())
    }

    /// Sends a request and keeps what was said.
    pub(crate) fn send(&mut self, mut asked: Asked) -> Result<Answer, String> {
        let has_agent = asked.headers.iter().any(|it| it.0.eq_ignore_ascii_case("User-Agent"));
        if !has_agent {
            let label: String = self.label.chars().filter(|it| (' '..='~').contains(it)).collect();
            asked.headers.push(("User-Agent".into(), label));
        }
        let answer = self.client.send(&asked);
        self.last_talk = talk(&asked, answer.as_ref().ok());
        answer
    }

    /// A failure with what was said last.
    pub(crate) fn failed(&self, reason: String) -> Stop {
        Stop::Failed(Failure { reason, talk: self.last_talk.clone() })
    }

    /// Who asks.
    pub(crate) fn login(&self, request: &Request) -> Option<(String, String)> {
        if request.is_anonymous {
            return None;
        }
        let or = |given: &str, default: &str| {
            self.variables.fill(if given.is_empty() { default } else { given })
        };
        Some((or(&request.user, "$userid1:"), or(&request.password, "$pswd1:")))
    }

    /// The first place of a request: as the script means it, and as it is sent.
    pub(crate) fn place(&self, request: &Request, number: u32) -> (String, String) {
        self.place_of(&request.uris[0], request, number)
    }

    /// A place of a request: as the script means it, and as it is sent.
    pub(crate) fn place_of(&self, uri: &str, request: &Request, number: u32) -> (String, String) {
        let uri = match uri {
            "$" => self.located.clone(),
            other => self.variables.fill(other),
        };
        let (path, query) = uri.split_at(uri.find('?').unwrap_or(uri.len()));
        let path = match path.contains("**") {
            true => path.replace("**", &new_uuid()),
            false => path.replace("##", &number.to_string()),
        };
        let uri = without_host(&format!("{path}{query}")).to_owned();
        let sent = if request.sends_uri_raw { uri.clone() } else { quoted(&uri) };
        (uri, sent)
    }

    fn headers(&self, request: &Request, number: u32) -> Vec<(String, String)> {
        let kind = request.data.as_ref().map(|it| ("Content-Type".to_owned(), &it.content_type));
        let given = request.headers.iter().map(|it| (it.0.clone(), &it.1));
        let mut headers: Vec<(String, String)> =
            given.chain(kind).map(|(name, value)| (name, self.variables.fill(value))).collect();
        headers.retain(|it| !it.1.is_empty());
        let label: String = self.label.chars().filter(|it| (' '..='~').contains(it)).collect();
        headers.push(("User-Agent".into(), format!("{label} | #{number}")));
        headers
    }

    fn body(&self, data: &Data, number: u32, path: Option<&str>) -> Result<Vec<u8>, Stop> {
        let path = self.data.join(self.variables.fill(path.unwrap_or(&data.path)));
        let bytes = std::fs::read(&path)
            .map_err(|it| Stop::Failed(Failure::of(format!("{}: {it}", path.display()))))?;
        let Ok(text) = String::from_utf8(bytes.clone()) else { return Ok(bytes) };
        let text = text.replace("$request_count:", &number.to_string());
        let own = data.substitutes.iter();
        let own = own.map(|it| (it.0.clone(), self.variables.fill(&it.1))).collect();
        let text = self.variables.fill_with(&self.variables.fill(&text), &own);
        let is_calendar = data.content_type.starts_with("text/calendar");
        Ok(match data.is_generated && is_calendar {
            true => generated(&text, number, &self.variables.today()).into_bytes(),
            false => text.into_bytes(),
        })
    }
}

/// The path of a place that may come with its host.
fn without_host(uri: &str) -> &str {
    match uri.split_once("://") {
        Some((_, rest)) if uri.starts_with("http") => rest.find('/').map_or("/", |at| &rest[at..]),
        _ => uri,
    }
}

/// A calendar object with a new UID, numbered and moved to today.
fn generated(text: &str, number: u32, today: &str) -> String {
    let lines = text.split('\n').map(|line| {
        if line.starts_with("UID:") {
            return format!("UID:{}", new_uuid());
        }
        if line.starts_with("SUMMARY:") {
            return format!("{line} #{number}");
        }
        let date = line.rfind(':').and_then(|at| line.get(at + 1..at + 9).map(|it| (at, it)));
        match date {
            Some((at, date))
                if (line.starts_with("DTSTART") || line.starts_with("DTEND"))
                    && date.bytes().all(|it| it.is_ascii_digit()) =>
            {
                format!("{}{today}{}", &line[..=at], &line[at + 9..])
            }
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The names of the files in a folder, in order, hidden ones left out.
fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|it| it.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|it| !it.starts_with('.')).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_object_is_new_and_of_today() {
        let text =
            "UID:x\nSUMMARY:s\nDTSTART;TZID=A:20000101T100000\nDTEND:20000101T110000Z\nEND:Y";
        let made = generated(text, 3, "20260302");
        assert!(!made.contains("UID:x"));
        assert!(made.ends_with(
            "SUMMARY:s #3\nDTSTART;TZID=A:20260302T100000\nDTEND:20260302T110000Z\nEND:Y"
        ));
    }

    #[test]
    fn a_place_may_come_with_its_host() {
        for (uri, expected) in
            [("http://host:1/a/b", "/a/b"), ("https://host", "/"), ("/a/b", "/a/b"), ("", "")]
        {
            assert_eq!(without_host(uri), expected);
        }
    }
}
