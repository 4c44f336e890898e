//! The whole server in process: what clients and visitors rely on, with real storage.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

mod access;
mod attachments;
mod booking;
mod bounds;
mod browser;
mod caldav;
mod client;
mod conversations;
mod denials;
mod discovery;
mod event;
mod folders;
mod following;
mod holds;
mod hostile;
mod invitations;
mod kept;
mod mended;
mod overwriting;
mod properties;
mod published;
mod push;
mod query;
mod race;
mod rules;
mod server;
mod sharing;
mod strangers;
mod sync;
mod transfers;
mod wire;
mod zone_names;
mod zones;
