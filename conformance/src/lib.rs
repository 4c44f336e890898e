//! Protocol suites played against a server: the scripts and their runner come here.
