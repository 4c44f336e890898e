//! The HTML front end: thin pages, complete without JavaScript, on top of the use cases.

mod assets;
mod cookie;
mod form;
mod link;
mod page;
mod problem;
mod route;
mod when;

pub use route::{Request, respond};

/// An answer, whole.
pub type Answer = http::Response<bytes::Bytes>;
