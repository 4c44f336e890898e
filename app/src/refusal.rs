//! Why something was not done: a variant for each thing that some caller tells differently.

use std::fmt;

use ical::{Invalid, Malformed};
use model::interval::Instant;
use model::privilege::Privileges;
use slots::Reason;
use storage::{StoreError, WriteError};

use crate::attachment::Attach;

/// A privilege that somebody would need, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lack {
    /// The name of the user in whose home it is.
    pub home: String,
    /// The collection; nothing for the home itself.
    pub collection: Option<String>,
    /// The member; nothing for the collection itself.
    pub object: Option<String>,
    /// What is lacking.
    pub privilege: Privileges,
}

/// Why a use case refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// There is nothing there, or nothing that the asker may know of.
    NotFound,
    /// Nobody may do this.
    Forbidden,
    /// Who has that privilege may do this.
    Lacks(Lack),
    /// An entry would take what nobody's list can: from the owner, administrators or delegates.
    ProtectedEntry,
    /// An entry would take from the owner what they have by the collection around.
    InheritedEntry,
    /// The name, password or token is wrong.
    BadCredentials,
    /// Too many attempts; the seconds until the next is listened to.
    Throttled(u64),
    /// What stands there is not what the asker takes it for.
    PreconditionFailed,
    /// The calendar object cannot be stored, and why.
    Invalid(Invalid),
    /// Rules of that calendar system cannot be kept.
    UnsupportedRscale(String),
    /// It is no calendar object by its media type.
    WrongMediaType(&'static str),
    /// The calendar does not take that component.
    UnsupportedComponent(String),
    /// Another object of the calendar has that UID: its name.
    UidConflict(String),
    /// The time cannot be booked: why, and the next times that can.
    Unavailable(Vec<Reason>, Vec<Instant>),
    /// There is something of that name already.
    Exists,
    /// What would have to be there first is not.
    NoParent,
    /// No collection can be made within what is there.
    WrongPlace,
    /// It would be within more folders than there may be.
    TooDeep,
    /// The sync token is none that was given out for this calendar.
    BadToken,
    /// The object has more bytes than one may have.
    TooLong,
    /// More of that is kept than a limit allows.
    TooMany(&'static str),
    /// The answer would be more than a limit allows; which.
    TooMuch(&'static str),
    /// Something in the request is wrong; what.
    BadRequest(String),
    /// The server is too busy to do it now.
    Busy,
    /// The home has no room for it.
    QuotaExceeded,
    /// The attachment cannot be stored, changed or named; why.
    BadAttachment(Attach),
    /// There is no space left.
    Full,
    /// The server cannot do it; the cause is for the log alone.
    Broken(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such thing"),
            Self::Forbidden | Self::Lacks(_) => f.write_str("this is not allowed"),
            Self::ProtectedEntry => f.write_str("no list takes these privileges from them"),
            Self::InheritedEntry => f.write_str("the owner's privileges cannot be taken"),
            Self::BadCredentials => f.write_str("the name or the password is wrong"),
            Self::Throttled(s) => write!(f, "too many attempts; try again in {s} seconds"),
            Self::PreconditionFailed => f.write_str("it was changed meanwhile"),
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::UnsupportedRscale(name) => write!(f, "the calendar system {name} is not known"),
            Self::WrongMediaType(why) => f.write_str(why),
            Self::UnsupportedComponent(name) => write!(f, "this calendar does not take {name}"),
            Self::UidConflict(_) => f.write_str("another object of this calendar has that UID"),
            Self::Unavailable(..) => f.write_str("this time is not available"),
            Self::Exists => f.write_str("there is something of that name already"),
            Self::NoParent => f.write_str("there is nothing to put it in"),
            Self::WrongPlace => f.write_str("no collection can be made within a calendar"),
            Self::TooDeep => f.write_str("it would be within too many folders"),
            Self::BadToken => f.write_str("the sync token is not valid"),
            Self::TooLong => f.write_str("the object is too long"),
            Self::TooMany(what) | Self::TooMuch(what) => write!(f, "too much: {what}"),
            Self::BadRequest(why) => f.write_str(why),
            Self::Busy => f.write_str("the server is busy; try again"),
            Self::QuotaExceeded => f.write_str("there is no room for it in the home"),
            Self::BadAttachment(why) => f.write_str(match why {
                Attach::UnknownId => "the object has no attachment of that identifier",
                Attach::UnknownInstance => "the object has no such instance",
                Attach::TooMany => "the object has as many attachments as it may",
                Attach::TooBig => "the attachment is too long",
                Attach::NotManaged => "an attachment that is named is not kept here",
            }),
            Self::Full => f.write_str("the server has no space left"),
            Self::Broken(cause) => write!(f, "broken: {cause}"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<StoreError> for Refusal {
    fn from(cause: StoreError) -> Self {
        match cause {
            StoreError::Conflict => Self::Busy,
            StoreError::Full => Self::Full,
            StoreError::Damaged(_) | StoreError::Broken(_) => Self::Broken(cause.to_string()),
        }
    }
}

impl From<WriteError<Self>> for Refusal {
    fn from(cause: WriteError<Self>) -> Self {
        match cause {
            WriteError::Refused(refusal) => refusal,
            WriteError::Store(cause) => cause.into(),
        }
    }
}

impl From<Refusal> for WriteError<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::Invalid(Invalid {
            precondition: ical::Precondition::ValidCalendarData,
            why: malformed.to_string(),
        })
    }
}
