//! The WebDAV and CalDAV front end: translates requests to use cases, and decides nothing.

mod admit;
mod body;
mod condition;
mod listing;
mod media;
mod method;
mod multistatus;
mod open;
mod path;
mod pattern;
mod prefer;
mod problem;
mod property;
mod public;
mod query;
mod report;
mod timezones;
mod wire;

pub use admit::{Admitted, Peer, admit};
pub use body::Body;
pub use method::push::push_message;
pub use method::respond;
pub use open::{is_open, respond_openly};
pub use path::{ROOT, well_known};

/// An answer, whole.
pub type Answer = http::Response<Body>;
