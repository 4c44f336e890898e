//! Many files played: one after the other, or each on a server of its own.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::conversation::{Conversation, Door, Held, Waited};
use crate::http::{Answer, Asked, Client};
use crate::report::{Failure, FileResult, Outcome, SuiteResult, TestResult, key};
use crate::run::Player;
use crate::script::Script;
use crate::server::Server;
use crate::serverinfo::ServerInfo;

/// Where files are played.
#[derive(Clone, Debug)]
pub enum Place {
    /// At one server that runs already, one after the other.
    Running,
    /// Each at a server that this program starts, so many at once.
    Fresh(PathBuf, usize),
}

/// What is played, and how.
pub struct Run<'a> {
    /// How the server is laid out, and where it is if it runs already.
    pub info: &'a ServerInfo,
    /// The folder that the paths of bodies begin in.
    pub data: &'a Path,
    /// Where.
    pub place: Place,
    /// Only tests in whose name this is.
    pub only: Option<&'a str>,
    /// Told of each file when it is done.
    pub told: &'a (dyn Fn(&FileResult) + Sync),
}

/// Plays scripts: files, or all in a folder.
///
/// # Errors
///
/// If a file cannot be read; tests that fail are results.
pub fn scripts(run: &Run<'_>, files: &[PathBuf]) -> Result<Vec<FileResult>, String> {
    let mut scripts = Vec::new();
    for path in listed(files, "xml")? {
        let name = path.file_stem().map(|it| it.to_string_lossy().into_owned());
        let script = Script::read(&path)?;
        let name = name.unwrap_or_default();
        if script_has(&script, &name, run.only) {
            scripts.push((name, path));
        }
    }
    Ok(each(run, &scripts, |info, name, path| {
        let played = Script::read(path)
            .and_then(|script| Ok(Player::new(info, run.data)?.play(name, &script, run.only)));
        played.unwrap_or_else(|why| lost(name, &why))
    }))
}

/// Holds the conversations in a folder and in those within it.
///
/// # Errors
///
/// If a file cannot be read; conversations that break are results.
pub fn conversations(run: &Run<'_>, folder: &Path) -> Result<Vec<FileResult>, String> {
    let mut files = Vec::new();
    for path in listed(&[folder.to_owned()], "txt")? {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        read_conversation(&path)?;
        if run.only.is_none_or(|it| name.contains(it)) {
            files.push((name, path));
        }
    }
    Ok(each(run, &files, |info, name, path| {
        let outcome = match hold(info, path) {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Failed(Failure::of(why)),
        };
        let tests = vec![TestResult { name: "whole".into(), outcome }];
        let suites = vec![SuiteResult { name: "conversation".into(), tests }];
        FileResult { name: name.to_owned(), suites, lost: None }
    }))
}

fn read_conversation(path: &Path) -> Result<Conversation, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    Conversation::parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

fn hold(info: &ServerInfo, path: &Path) -> Result<Outcome, String> {
    let mut door = Socket(Client::new(&info.host, info.port)?);
    Ok(match read_conversation(path)?.hold(&mut door) {
        Ok(Held::Whole) => Outcome::Passed,
        Ok(Held::NotHere) => Outcome::Ignored,
        Err(broken) => Outcome::Failed(Failure {
            reason: format!("line {}: {}", broken.line, broken.reason),
            talk: broken.talk,
        }),
    })
}

/// The door of a server that listens.
struct Socket(Client);

impl Door for Socket {
    fn send(&mut self, asked: &Asked) -> Result<Answer, String> {
        self.0.send(asked)
    }

    fn wait(&mut self, _: u64) -> Waited {
        Waited::NoClock
    }
}

type Play<'a> = dyn Fn(&ServerInfo, &str, &Path) -> FileResult + Sync + 'a;

/// What came of each file, in the order of the files.
fn each(
    run: &Run<'_>,
    files: &[(String, PathBuf)],
    play: impl Fn(&ServerInfo, &str, &Path) -> FileResult + Sync,
) -> Vec<FileResult> {
    let jobs = match run.place {
        Place::Running => 1,
        Place::Fresh(_, jobs) => jobs.max(1),
    };
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let work = || {
        while let Some((number, (name, path))) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            files.get(number).map(|it| (number, it))
        } {
            let result = one(run, name, path, &play);
            (run.told)(&result);
            if let Ok(mut results) = results.lock() {
                results.push((number, result));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|it| it.0);
    results.into_iter().map(|it| it.1).collect()
}

fn one(run: &Run<'_>, name: &str, path: &Path, play: &Play<'_>) -> FileResult {
    match &run.place {
        Place::Running => play(run.info, name, path),
        Place::Fresh(program, _) => match Server::start(program) {
            Ok(server) => {
                let mut info = run.info.clone();
                "127.0.0.1".clone_into(&mut info.host);
                info.port = server.port();
                play(&info, name, path)
            }
            Err(why) => lost(name, &why),
        },
    }
}

/// A file for which there was no server.
fn lost(name: &str, why: &str) -> FileResult {
    let outcome = Outcome::Failed(Failure::of(why));
    let tests = vec![TestResult { name: String::new(), outcome }];
    let suites = vec![SuiteResult { name: String::new(), tests }];
    FileResult { name: name.to_owned(), suites, lost: Some(why.to_owned()) }
}

fn script_has(script: &Script, name: &str, only: Option<&str>) -> bool {
    let Some(only) = only else { return true };
    let mut tests = script
        .suites
        .iter()
        .flat_map(|suite| suite.tests.iter().map(|test| key(name, &suite.name, &test.name)));
    tests.any(|it| it.contains(only))
}

/// The files of that kind among these and in the folders among them, in order.
fn listed(paths: &[PathBuf], ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(|it| format!("{}: {it}", path.display()))?;
        let mut within: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
        within.retain(|it| it.is_dir() || it.extension().is_some_and(|it| it == ending));
        within.sort();
        files.extend(listed(&within, ending)?);
    }
    Ok(files)
}
