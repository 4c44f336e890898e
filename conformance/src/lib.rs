//! Protocol suites played against a server: scripts of `CalDAVTester`, and conversations of our own.
//!
//! It owes the server nothing: it has its own reader of XML and iCalendar and speaks HTTP alone.

mod clock;
mod conversation;
mod grab;
mod http;
mod icalendar;
mod known;
mod likeness;
mod moment;
mod multistatus;
mod play;
mod pseudo;
mod report;
mod run;
mod script;
mod server;
mod serverinfo;
mod tree;
mod variables;
mod verify;

pub use conversation::{Broken, Conversation, Door, Held, Waited};
pub use http::{Answer, Asked, Client};
pub use known::{Differences, Extent, Known};
pub use play::{Place, Run, conversations, scripts};
pub use report::{Failure, FileResult, Outcome, SuiteResult, TestResult, Totals};
pub use serverinfo::ServerInfo;
