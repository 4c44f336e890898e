//! Messages to and from other servers.
