//! HTML pages on top of the use cases.
