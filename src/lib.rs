//! The server: sockets, TLS, files, the environment and the process; no rules of any kind.

mod carry;
pub mod cli;
pub mod command;
pub mod config;
mod control;
mod dns;
mod fixture;
mod framing;
mod guard;
mod jobs;
mod log;
mod memory;
mod offer;
mod push;
mod route;
pub mod serve;
mod tls;

pub use route::Server;
