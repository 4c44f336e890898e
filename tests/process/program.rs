//! The program as a child of the test, and the plainest of HTTP clients.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Whatever goes wrong, a test ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is killed when the test lets go of it.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// What it said before it listened.
    pub(crate) said: String,
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], stdin: &str) -> Output {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let written = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    // A program that refuses its arguments may end before it reads anything.
    assert!(written.is_ok() || is_unread(&written), "{written:?}");
    child.wait_with_output().unwrap()
}

fn is_unread(written: &std::io::Result<()>) -> bool {
    written.as_ref().is_err_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The same, for a command that must succeed; what it said.
pub(crate) fn told(arguments: &[&str], stdin: &str) -> String {
    let output = run(arguments, stdin);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a user in the store in `data`.
pub(crate) fn add_user(data: &Path, name: &str, password: &str) {
    let data = data.to_str().unwrap();
    let email = format!("{name}@example.org");
    told(&["--data", data, "user", "add", name, "--email", &email, "--password-stdin"], password);
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookdav"));
    command.args(arguments).env("TZ", "UTC").current_dir(std::env::temp_dir());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Program {
    /// Serves the store in `data` on a port of its own choosing.
    pub(crate) fn serve(data: &Path) -> Self {
        Self::serve_with(&["--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"])
    }

    /// Serves with those arguments.
    #[expect(clippy::zombie_processes, reason = "a server that says nothing ends the test")]
    pub(crate) fn serve_with(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(rest) = line.strip_prefix("listening on ") {
                let address = rest.rsplit('/').next().unwrap().parse().unwrap();
                return Self { child, address, said };
            }
            said.push_str(&line);
            said.push('\n');
        }
    }

    /// Sends `request` and reads until the server closes; nothing if it could not.
    pub(crate) fn send(&self, request: &[u8]) -> Option<String> {
        send(self.address, request)
    }

    /// One request of a user; status and all that follows.
    pub(crate) fn ask(&self, user: &str, head: &str, body: &str) -> Option<(u16, String)> {
        ask(self.address, user, head, body)
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request of a user whose password is `secret`; status and all that follows.
pub(crate) fn ask(
    address: SocketAddr,
    user: &str,
    head: &str,
    body: &str,
) -> Option<(u16, String)> {
    use base64::Engine;
    let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:secret"));
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers: String = headers.lines().map(|it| format!("{it}\r\n")).collect();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {login}\r\nConnection: close\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    let answer = send(address, request.as_bytes())?;
    Some((answer.get(9..12)?.parse().ok()?, answer))
}

fn send(address: SocketAddr, request: &[u8]) -> Option<String> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    // A server that refuses early may close before all was sent.
    let _ = socket.write_all(request);
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    if answer.is_empty() { None } else { Some(String::from_utf8_lossy(&answer).into_owned()) }
}

/// An event of an hour.
pub(crate) fn event(uid: &str, summary: &str, start: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}
