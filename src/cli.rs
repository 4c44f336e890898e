//! The command line: what can be asked for, and in which words it is answered.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::command::{Command, run_command};
use crate::config::Config;
use crate::{control, dns, memory, serve};

/// A CalDAV server whose calendars can be booked.
///
/// Without a command it serves. With no configuration at all it keeps its store in
/// ./bookdav-data, listens on 127.0.0.1:8080 and makes a demo host to look at.
#[derive(Debug, Parser)]
#[command(name = "bookdav", version, max_term_width = 100)]
struct Line {
    /// The configuration file [default: bookdav.toml, if it exists].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the store [default: bookdav-data].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// A folder of IANA zone data to use instead of the newest one known.
    #[arg(long, global = true, value_name = "DIR")]
    tzdir: Option<PathBuf>,
    #[command(subcommand)]
    ask: Option<Ask>,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Serve calendars and booking pages until told to stop (the default).
    Serve,
    /// Make and change accounts.
    #[command(subcommand)]
    User(UserAsk),
    /// Make all accounts of a TOML file: users, groups, rooms, delegates, calendars.
    Provision {
        /// The file; see docs/operating.md.
        file: PathBuf,
    },
    /// Print the DNS records by which clients find the server from a mail address.
    Dns {
        /// The domain of the mail addresses.
        domain: String,
        /// The host that serves the calendars [default: the domain].
        #[arg(long)]
        host: Option<String>,
        /// The port with TLS.
        #[arg(long, default_value_t = 443)]
        port: u16,
    },
    /// Make and take back the passwords of single devices.
    #[command(subcommand)]
    AppPassword(AppPasswordAsk),
    /// Show and change what can be booked: hours, durations, buffers, notice.
    #[command(subcommand)]
    Offer(OfferAsk),
    /// Store every object of an iCalendar file in a calendar.
    Import {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        calendar: Calendar,
    },
    /// Write a calendar to a file as one iCalendar stream.
    Export {
        /// The file; standard output without one.
        file: Option<PathBuf>,
        #[command(flatten)]
        calendar: Calendar,
    },
    /// Read the whole store and tell what is wrong with it.
    Check,
    /// Write a backup of the whole store, while it goes on being used.
    Backup {
        /// The file to write.
        file: PathBuf,
    },
    /// Make a store from a backup, where there is none yet.
    Restore {
        /// The file to read.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Calendar {
    /// Whose calendar it is; may be left out where there is one user.
    #[arg(long)]
    user: Option<String>,
    /// The calendar's name in its address.
    #[arg(long, default_value = "default")]
    calendar: String,
}

#[derive(Debug, Subcommand)]
enum UserAsk {
    /// Make an account with calendars and something to book.
    Add {
        /// The name used to log in and in links.
        name: String,
        /// Where the user can be written to.
        #[arg(long)]
        email: String,
        /// The name for people [default: the name].
        #[arg(long, default_value = "")]
        display_name: String,
        /// The user's IANA time zone [default: the server's].
        #[arg(long)]
        zone: Option<String>,
        /// Read the password from the first line of standard input instead of asking.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account another password.
    Password {
        /// The user's name.
        name: String,
        /// Read the password from the first line of standard input instead of asking.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts.
    List,
}

#[derive(Debug, Subcommand)]
enum OfferAsk {
    /// Write a host's schedules and event types as TOML, to be edited and given to `set`.
    Show {
        /// Whose offer; may be left out where there is one user.
        #[arg(long)]
        user: Option<String>,
    },
    /// Put what a file says in place of all that the host offered before.
    Set {
        /// The file.
        file: PathBuf,
        /// Whose offer; may be left out where there is one user.
        #[arg(long)]
        user: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum AppPasswordAsk {
    /// Make a password for one device; it is shown once.
    Add {
        /// The user's name.
        user: String,
        /// What to call it.
        label: String,
    },
    /// List a user's app passwords.
    List {
        /// The user's name.
        user: String,
    },
    /// Take an app password back, at once.
    Revoke {
        /// The user's name.
        user: String,
        /// The identifier that the list shows.
        id: String,
    },
}

/// Reads a command line and carries it out.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(help) => {
            let is_wrong = help.use_stderr();
            let _ = help.print();
            return if is_wrong { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match carry_out(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "bookdav: {why}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(line: Line) -> Result<(), String> {
    if matches!(line.ask, None | Some(Ask::Serve)) {
        memory::settle();
    }
    let mut config = Config::load(line.config.as_deref())?;
    config.data = line.data.unwrap_or(config.data);
    config.tzdir = line.tzdir.or(config.tzdir);
    if let Some(listen) = line.listen {
        config.listen = vec![listen];
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|it| it.to_string())?;
    match line.ask {
        None | Some(Ask::Serve) => runtime.block_on(serve::run(config)),
        Some(Ask::Restore { file }) => {
            let rows = serve::restore(&config, &file)?;
            say(&format!("restored {rows} rows to {}", config.data.display()))
        }
        Some(Ask::Dns { domain, host, port }) => {
            let host = host.unwrap_or_else(|| domain.clone());
            say(&dns::records(&domain, &host, port, dav::ROOT))
        }
        Some(ask) => {
            let (command, out) = command_of(ask)?;
            let answer = runtime.block_on(async {
                match control::ask(&config.data, &command).await {
                    Some(answer) => answer,
                    // Nobody serves the store: open it here.
                    None => run_command(&serve::open(&config).await?, command).await,
                }
            })?;
            match out {
                Some(file) => write_file(&file, answer.as_bytes()),
                None => say(answer.trim_end()),
            }
        }
    }
}

/// The command that a line asks for, and the file that its answer goes to.
fn command_of(ask: Ask) -> Result<(Command, Option<PathBuf>), String> {
    let mut out = None;
    let command = match ask {
        Ask::User(UserAsk::Add { name, email, display_name, zone, password_stdin }) => {
            let password = password(password_stdin)?;
            Command::AddUser { name, email, display_name, zone, password }
        }
        Ask::User(UserAsk::Password { name, password_stdin }) => {
            Command::SetPassword { name, password: password(password_stdin)? }
        }
        Ask::User(UserAsk::List) => Command::ListUsers,
        Ask::AppPassword(AppPasswordAsk::Add { user, label }) => {
            Command::AddAppPassword { user, label }
        }
        Ask::AppPassword(AppPasswordAsk::List { user }) => Command::ListAppPasswords { user },
        Ask::AppPassword(AppPasswordAsk::Revoke { user, id }) => {
            Command::RevokeAppPassword { user, id }
        }
        Ask::Provision { file } => {
            let text = std::fs::read_to_string(&file);
            let text = text.map_err(|it| format!("{}: {it}", file.display()))?;
            Command::Provision { text }
        }
        Ask::Offer(OfferAsk::Show { user }) => Command::ShowOffer { user },
        Ask::Offer(OfferAsk::Set { file, user }) => {
            let text = std::fs::read_to_string(&file);
            let text = text.map_err(|it| format!("{}: {it}", file.display()))?;
            Command::SetOffer { user, text }
        }
        Ask::Import { file, calendar } => {
            let stream = std::fs::read(&file).map_err(|it| format!("{}: {it}", file.display()))?;
            Command::Import { user: calendar.user, calendar: calendar.calendar, stream }
        }
        Ask::Export { file, calendar } => {
            out = file;
            Command::Export { user: calendar.user, calendar: calendar.calendar }
        }
        Ask::Check => Command::Check,
        Ask::Backup { file } => {
            let file = std::path::absolute(&file).map_err(|it| it.to_string())?;
            Command::Backup { file }
        }
        Ask::Serve | Ask::Restore { .. } | Ask::Dns { .. } => {
            return Err("this is no command".into());
        }
    };
    Ok((command, out))
}

/// A password from standard input or a prompt, never from the command line.
fn password(from_stdin: bool) -> Result<String, String> {
    let wrong = |it: io::Error| format!("the password cannot be read: {it}");
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(wrong)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password("Password: ").map_err(wrong)?;
    let second = rpassword::prompt_password("Once more: ").map_err(wrong)?;
    if first == second { Ok(first) } else { Err("the two passwords differ".into()) }
}

fn write_file(file: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(file, bytes).map_err(|it| format!("{}: {it}", file.display()))
}

/// Says something on standard output, at once.
pub(crate) fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|it| it.to_string())
}
