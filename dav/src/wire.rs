//! XML as WebDAV uses it: requests into small trees, answers out of calls.

pub(crate) mod names;
pub(crate) mod out;
pub(crate) mod tree;
