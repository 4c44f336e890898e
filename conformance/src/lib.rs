//! Protocol suites played against a server.
