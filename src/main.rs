//! The front door: reads the command line and runs what it asks for.

use std::process::ExitCode;

use bookdav::cli;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
