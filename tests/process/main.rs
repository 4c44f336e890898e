//! The program itself, as a process: its command line, its door, and what a kill leaves behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod commands;
mod door;
mod kill;
mod program;
mod tls;
