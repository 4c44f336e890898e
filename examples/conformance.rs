//! Plays the scripts of `CalDAVTester`, or conversations of our own, against a server over HTTP.
//!
//! `cargo run --release --example conformance -- --help` tells how.

use std::fs;
use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use conformance::{Extent, FileResult, Known, Place, Run, ServerInfo, Totals};

/// Plays protocol scripts against a server.
#[derive(Parser)]
struct Options {
    /// Scripts in XML, or folders of them
    files: Vec<PathBuf>,
    /// A folder of conversations to hold instead
    #[arg(long, conflicts_with = "files")]
    scripts: Option<PathBuf>,
    /// The folder that has Resource/ in it
    #[arg(long, default_value = ".")]
    data: PathBuf,
    /// What the server offers and where
    #[arg(long, default_value = "conformance/caldavtester/serverinfo.xml")]
    serverinfo: PathBuf,
    /// A server that runs, instead of the one in serverinfo: http://host:port
    #[arg(long, conflicts_with = "server")]
    base: Option<String>,
    /// A program that serves on the port `CONFORMANCE_PORT` of 127.0.0.1 and keeps its things in the empty
    /// folder `CONFORMANCE_DIR`: started anew for each file
    #[arg(long)]
    server: Option<PathBuf>,
    /// How many servers at once [default: one for each core]
    #[arg(long)]
    jobs: Option<usize>,
    /// Switch a feature on
    #[arg(long, value_name = "FEATURE")]
    with: Vec<String>,
    /// Switch a feature off
    #[arg(long, value_name = "FEATURE")]
    without: Vec<String>,
    /// Only tests in whose name (file | suite | test) this is
    #[arg(long)]
    only: Option<String>,
    /// Tell each failure with its request and answer
    #[arg(long)]
    verbose: bool,
    /// Write each failure with its request and answer to a file
    #[arg(long)]
    report: Option<PathBuf>,
    /// The failures that are known, a line each: file | suite | test : reason
    #[arg(long)]
    known: Option<PathBuf>,
    /// Print the lines that the list of known failures should have
    #[arg(long)]
    write_known: bool,
}

fn main() -> ExitCode {
    match play(&Options::parse()) {
        Ok(code) => code,
        Err(why) => {
            say(&format!("{why}\n"));
            ExitCode::from(2)
        }
    }
}

fn play(options: &Options) -> Result<ExitCode, String> {
    let mut info = ServerInfo::read(&options.serverinfo)?;
    if let Some(base) = &options.base {
        info = info.at(base)?;
    }
    let info = info.with(&options.with).without(&options.without);
    let known = options.known.as_deref().map(Known::read).transpose()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let place = match &options.server {
        Some(program) => {
            let program = program.canonicalize();
            let program = program.map_err(|error| format!("the server program: {error}"))?;
            Place::Fresh(program, options.jobs.unwrap_or(cores))
        }
        None => Place::Running,
    };
    let told = |result: &FileResult| {
        if !options.write_known {
            say(&result.summary());
            if options.verbose {
                say(&result.failures());
            }
        }
    };
    let only = options.only.as_deref();
    let run = Run { info: &info, data: &options.data, place, only, told: &told };
    let results = match &options.scripts {
        Some(folder) => conformance::conversations(&run, folder)?,
        None => conformance::scripts(&run, &options.files)?,
    };
    if results.is_empty() {
        return Err("nothing was played".into());
    }
    if let Some(path) = &options.report {
        let report: String = results.iter().map(FileResult::failures).collect();
        fs::write(path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if options.write_known {
        say(&known.unwrap_or_default().rewritten(&results));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(conclude(options, known, &results))
}

/// Tells the totals and what is not as the list of known failures says.
fn conclude(options: &Options, known: Option<Known>, results: &[FileResult]) -> ExitCode {
    let total = results.iter().fold(Totals::default(), |sum, it| sum.and(it.totals()));
    for lost in results.iter().filter(|it| it.lost.is_some()) {
        let tests = lost.totals().failed;
        say(&format!("!!! {}: {tests} tests lost to its start block\n", lost.name));
    }
    let extent = if options.only.is_some() { Extent::Some } else { Extent::All };
    let differences = known.unwrap_or_default().compare(results, extent);
    for key in &differences.unexpected {
        say(&format!("FAILED {key}\n"));
    }
    for key in &differences.stale {
        say(&format!("no longer fails, take it from the list: {key}\n"));
    }
    say(&format!("{:<44}{}\n", "all", total.told()));
    match differences.unexpected.is_empty() && differences.stale.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn say(text: &str) {
    // Nobody can be told that nobody listens.
    let _ = stdout().write_all(text.as_bytes());
}
