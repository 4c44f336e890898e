//! Calendar clients, one file for each: what they send, byte for byte in their ways, and what they read.
//!
//! Scheduling is not offered yet, so these tests say what clients must hear meanwhile. With it come
//! the inbox's items and `Schedule-Tag` (Apple, Evolution), `If-Schedule-Tag-Match` (Apple, DAVx5),
//! free-busy by `POST` (Apple, Thunderbird, Evolution) and `Schedule-Reply: F` that sends no reply
//! (Evolution). With push comes the registration of DAVx5 (and the hint to spare itself that it
//! sends already). What Outlook overwrites after it read the tag anew cannot be brought back: no
//! history is kept.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

mod apple;
mod davx5;
mod evolution;
mod korganizer;
mod outlook;
mod python_caldav;
mod session;
mod thunderbird;
mod told;
mod vdirsyncer;
mod xml;

#[path = "../house/event.rs"]
mod event;
#[path = "../house/server.rs"]
#[expect(dead_code, reason = "the same house also has rooms for browsers")]
mod server;
