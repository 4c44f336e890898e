//! Messages to and from other servers: nothing is sent yet, so there is nothing here yet.
