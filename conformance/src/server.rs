//! A server for one file alone: a program in an empty folder, killed with all that it started.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::clock::{Deadline, pause_ms};

/// How long a server may take until it can be reached.
const START_S: u64 = 60;
/// How often a server that starts is looked at.
const LOOK_MS: u64 = 20;
/// Ports below those that systems hand out for connections.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 10_000;

/// A program that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Runs `program` and waits until its port can be reached.
    ///
    /// # Errors
    ///
    /// Why it cannot, with the last that the program said.
    pub(crate) fn start(program: &Path) -> Result<Self, String> {
        let told = |error: std::io::Error| format!("{}: {error}", program.display());
        let folder = tempfile::tempdir().map_err(told)?;
        let mut log = tempfile::tempfile().map_err(told)?;
        let port = free_port()?;
        let child = Command::new(program)
            .env("CONFORMANCE_PORT", port.to_string())
            .env("CONFORMANCE_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(told)?)
            .stderr(log.try_clone().map_err(told)?)
            .process_group(0)
            .spawn()
            .map_err(told)?;
        let mut server = Self { child, port, _folder: folder };
        match server.wait() {
            Ok(()) => Ok(server),
            Err(why) => Err(format!("{}: {why}\n{}", program.display(), last_words(&mut log))),
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn wait(&mut self) -> Result<(), String> {
        let deadline = Deadline::after_s(START_S);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Err(format!("it ended before it answered: {status}"));
            }
            if deadline.is_over() {
                return Err(format!("port {} did not answer within {START_S} s", self.port));
            }
            pause_ms(LOOK_MS);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.child.id())
            && let Some(group) = Pid::from_raw(id)
        {
            // Whoever is gone already needs no signal.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on; never the same twice in one run.
fn free_port() -> Result<u16, String> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % u32::from(PORTS)).unwrap_or_default();
    for _ in 0..PORTS {
        let offset = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = FIRST_PORT + offset;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no port is free".into())
}

fn last_words(log: &mut File) -> String {
    let mut text = Vec::new();
    let read = log.seek(SeekFrom::Start(0)).and_then(|_| log.read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    match read {
        Ok(_) => lines[lines.len().saturating_sub(20)..].join("\n"),
        Err(error) => error.to_string(),
    }
}
