//! Conversations: scripts that people can read, played through any door to a server.

use std::collections::BTreeMap;

use crate::http::{Answer, Asked};
use crate::report::talk;
use expect::Expectation;

mod expect;
mod snippet;

/// The password of every user of a conversation.
const PASSWORD: &str = "open sesame";

/// A way to a server with the users alice and bob.
pub trait Door {
    /// Sends a request and gives the answer.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn send(&mut self, asked: &Asked) -> Result<Answer, String>;

    /// Lets time go by, if this door can.
    fn wait(&mut self, seconds: u64) -> Waited;
}

/// What came of waiting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Waited {
    /// The time has gone by.
    Gone,
    /// The server has a clock that nobody can move.
    NoClock,
}

/// What came of a conversation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Held {
    /// All of it was as it should be.
    Whole,
    /// It needs a clock that the door does not have.
    NotHere,
}

/// Where a conversation went wrong.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The line in the file.
    pub line: usize,
    /// In a few words.
    pub reason: String,
    /// The request and its answer.
    pub talk: String,
}

/// A script as it is written.
#[derive(Clone, Debug)]
pub struct Conversation {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    line: usize,
    act: Act,
    expected: Vec<(usize, Expectation)>,
}

#[derive(Clone, Debug)]
enum Act {
    Wait {
        seconds: u64,
    },
    Ask {
        method: String,
        user: String,
        path: String,
        headers: Vec<(String, String)>,
        body: Vec<String>,
    },
}

/// What is remembered of answers, without the dollar sign.
pub(crate) type Remembered = BTreeMap<String, String>;

impl Conversation {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// Which line is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps: Vec<Step> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |why: &str| format!("line {number}: {why}: {line}");
            let (mark, rest) = line.split_at_checked(1).unwrap_or((line, ""));
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            match mark {
                "" | "#" => {}
                ">" => {
                    let act = Act::parse(rest).map_err(|it| wrong(&it))?;
                    steps.push(Step { line: number, act, expected: Vec::new() });
                }
                "<" => {
                    let step = steps.last_mut().ok_or_else(|| wrong("nobody asked"))?;
                    let expectation = Expectation::parse(rest).map_err(|it| wrong(&it))?;
                    step.expected.push((number, expectation));
                }
                _ => {
                    let step = steps.last_mut().ok_or_else(|| wrong("nobody asked"))?;
                    step.add(mark, line, rest).map_err(|it| wrong(&it))?;
                }
            }
        }
        let silent =
            steps.iter().find(|it| it.expected.is_empty() && matches!(it.act, Act::Ask { .. }));
        match (silent, steps.is_empty()) {
            (_, true) => Err("nothing is asked".into()),
            (Some(step), _) => Err(format!("line {}: nothing is expected", step.line)),
            (None, false) => Ok(Self { steps }),
        }
    }

    /// Holds the conversation until something is not as it should be.
    ///
    /// # Errors
    ///
    /// What and where.
    pub fn hold(&self, door: &mut dyn Door) -> Result<Held, Broken> {
        let mut remembered = Remembered::new();
        for step in &self.steps {
            match &step.act {
                Act::Wait { seconds } => {
                    if door.wait(*seconds) == Waited::NoClock {
                        return Ok(Held::NotHere);
                    }
                }
                Act::Ask { .. } => step.ask(door, &mut remembered)?,
            }
        }
        Ok(Held::Whole)
    }
}

impl Act {
    fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["wait", time] => Ok(Self::Wait { seconds: snippet::seconds(time)? }),
            [method, user @ ("alice" | "bob" | "nobody"), path] => Ok(Self::Ask {
                method: method.to_ascii_uppercase(),
                user: (*user).to_owned(),
                path: (*path).to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
            }),
            _ => Err("not like METHOD USER PATH, and not like wait TIME".into()),
        }
    }
}

impl Step {
    /// A line that belongs to the request or to the last expectation.
    fn add(&mut self, mark: &str, line: &str, rest: &str) -> Result<(), String> {
        let Act::Ask { headers, body, .. } = &mut self.act else {
            return Err("waiting says nothing".into());
        };
        match (mark, self.expected.last_mut()) {
            ("|", Some((_, expectation))) => expectation.add(rest),
            ("|", None) => {
                body.push(rest.to_owned());
                Ok(())
            }
            (_, Some(_)) => Err("headers come before what is expected".into()),
            (_, None) => {
                let (name, value) = line.split_once(": ").ok_or("not a header")?;
                headers.push((name.to_owned(), value.to_owned()));
                Ok(())
            }
        }
    }

    fn ask(&self, door: &mut dyn Door, remembered: &mut Remembered) -> Result<(), Broken> {
        let asked = self.request(remembered).map_err(|reason| Broken {
            line: self.line,
            reason,
            talk: String::new(),
        })?;
        let answer = door.send(&asked).map_err(|reason| Broken {
            line: self.line,
            reason,
            talk: talk(&asked, None),
        })?;
        for (line, expectation) in &self.expected {
            expectation.check(&answer, remembered).map_err(|reason| Broken {
                line: *line,
                reason,
                talk: talk(&asked, Some(&answer)),
            })?;
        }
        Ok(())
    }

    fn request(&self, remembered: &Remembered) -> Result<Asked, String> {
        let Act::Ask { method, user, path, headers, body } = &self.act else {
            return Err("waiting is no request".into());
        };
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|it| (it.0.clone(), filled(&it.1, remembered))).collect();
        let lines: Vec<String> = body.iter().map(|it| filled(it, remembered)).collect();
        let mut written = None;
        if !lines.is_empty() {
            let body = snippet::body(&lines)?;
            if !headers.iter().any(|it| it.0.eq_ignore_ascii_case("content-type")) {
                headers.push(("Content-Type".into(), body.kind.into()));
            }
            written = Some(body.text.into_bytes());
        }
        let login = (user != "nobody").then(|| (user.clone(), PASSWORD.to_owned()));
        let path = filled(path, remembered);
        Ok(Asked { method: method.clone(), path, login, headers, body: written })
    }
}

/// The text with every `$name` or `${name}` that is remembered put in.
pub(crate) fn filled(text: &str, remembered: &Remembered) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let plain = after.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let plain = &after[..plain.unwrap_or(after.len())];
        let braced = after.strip_prefix('{').and_then(|it| it.split_once('}'));
        let (name, length) = braced.map_or((plain, plain.len()), |(it, _)| (it, it.len() + 2));
        match remembered.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[at..=at + length]),
        }
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::testing::answer;

    /// A door behind which somebody says what was said, with an entity tag.
    struct Echo;

    impl Door for Echo {
        fn send(&mut self, asked: &Asked) -> Result<Answer, String> {
            let body = asked.body.clone().unwrap_or_default();
            let user = asked.login.as_ref().map_or("nobody", |it| it.0.as_str());
            let said = format!("{} {user} {}\n", asked.method, asked.path);
            let sent: String =
                asked.headers.iter().map(|it| format!("{}={}\n", it.0, it.1)).collect();
            let text = format!("{said}{sent}{}", String::from_utf8_lossy(&body));
            Ok(answer(200, &[("ETag", "\"7\"")], &text))
        }

        fn wait(&mut self, _: u64) -> Waited {
            Waited::NoClock
        }
    }

    fn held(text: &str) -> Result<Held, (usize, String)> {
        let conversation = Conversation::parse(text).unwrap();
        conversation.hold(&mut Echo).map_err(|it| (it.line, it.reason))
    }

    #[test]
    fn a_conversation_asks_expects_and_remembers() {
        let text = "# title\n> put alice /a\nIf-Match: *\n| hello\n| you\n< 200\n< has PUT alice /a\n\
                    < has hello\n< has If-Match=*\n< remember header etag as $tag\n\n\
                    > get nobody /b/$tag\n< has GET nobody /b/\"7\"\n< lacks alice\n";
        assert_eq!(held(text), Ok(Held::Whole));
    }

    #[test]
    fn what_is_not_as_expected_is_told_with_its_line() {
        let text = "> get alice /a\n< 200\n\n> get alice /b\n< 2xx\n< has nothing\n";
        let (line, reason) = held(text).unwrap_err();
        assert_eq!(line, 6);
        assert!(reason.contains("nothing"), "{reason}");
        assert_eq!(held("> get alice /\n< 404").unwrap_err().0, 2);
    }

    #[test]
    fn a_door_without_a_clock_leaves_what_needs_one() {
        let text = "> get alice /a\n< 200\n> wait 5m\n> get alice /b\n< 404\n";
        assert_eq!(held(text), Ok(Held::NotHere));
    }

    #[test]
    fn a_script_that_is_none_is_refused_with_the_line() {
        for (case, text, expected) in [
            ("nothing", "# only a title\n", "nothing is asked"),
            ("nothing expected", "> get alice /\n", "line 1: nothing is expected"),
            ("nobody asked", "< 200\n", "line 1"),
            ("a stranger", "> get carol /\n< 200", "line 1"),
            ("no time", "> wait long\n", "line 1"),
            ("not expected so", "> get alice /\n< perhaps\n", "line 2"),
            ("a late header", "> get alice /\n< 200\nDepth: 1\n", "line 3"),
        ] {
            let error = Conversation::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{case}: {error}");
        }
    }

    #[test]
    fn names_that_nobody_remembered_stay() {
        let remembered = [("a".to_owned(), "1".to_owned())].into();
        assert_eq!(filled("$a/$ab $a$", &remembered), "1/$ab 1$");
        assert_eq!(filled("${a}b ${b} ${a", &remembered), "1b ${b} ${a");
    }
}
