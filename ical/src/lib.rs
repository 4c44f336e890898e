//! iCalendar text to values and back, by the RFCs: lossless, bounded, without a clock.
//!
//! What a client stores is kept byte for byte. [`Document`] is an index over those
//! bytes; views read one value at a time; edits replace single lines.

pub mod attach;
pub mod author;
mod collation;
mod document;
mod edit;
mod expand;
mod extent;
pub mod freebusy;
mod instances;
pub mod jcal;
mod limit;
mod line;
mod moment;
mod outline;
mod public;
pub mod query;
pub mod recur;
mod render;
pub mod select;
mod span;
mod stream;
mod text;
mod touch;
mod validate;
mod vtimezone;
pub mod zone_text;

pub use document::{Component, Document, Malformed, Property};
pub use edit::{Edit, refolded, splice};
pub use expand::expand;
pub use extent::check_extent;
pub use instances::{Clocks, Context, Instance, Instances, instances};
pub use limit::{limit_freebusy_set, limit_recurrence_set};
pub use moment::{Length, Moment, utc_instant};
pub use outline::Outline;
pub use public::{Publicity, public};
pub use render::{DataRequest, Recurrence, Rendered, Timezones, render};
pub use span::{Span, span};
pub use stream::{objects, stream};
pub use text::{escape, unescape};
pub use validate::{
    CALENDAR_SYSTEMS, Invalid, Precondition, Summary, unsupported_rscale, validate,
};
