//! WebDAV and CalDAV on top of the use cases.
