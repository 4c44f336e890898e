//! The one place where a refusal becomes a page and a status.

use app::{Reason, Refusal};
use askama::Template;
use http::StatusCode;

use crate::Answer;
use crate::page::{Message, html};

/// The page that tells a refusal.
pub(crate) fn refused(refusal: &Refusal, back: Option<&str>) -> Answer {
    let (status, title) = match refusal {
        Refusal::NotFound | Refusal::NoParent => (StatusCode::NOT_FOUND, "There is nothing here"),
        Refusal::Forbidden
        | Refusal::Lacks(_)
        | Refusal::ProtectedEntry
        | Refusal::InheritedEntry
        | Refusal::WrongPlace
        | Refusal::TooDeep
        | Refusal::BadCredentials => (StatusCode::FORBIDDEN, "This is not allowed"),
        Refusal::Throttled(_) | Refusal::TooMuch(_) | Refusal::TooMany(_) => {
            (StatusCode::TOO_MANY_REQUESTS, "That was a little too much")
        }
        Refusal::BadRequest(_)
        | Refusal::Invalid(_)
        | Refusal::UnsupportedComponent(_)
        | Refusal::UnsupportedRscale(_)
        | Refusal::WrongMediaType(_)
        | Refusal::BadAttachment(_)
        | Refusal::TooLong
        | Refusal::BadToken => (StatusCode::BAD_REQUEST, "That did not work"),
        Refusal::PreconditionFailed
        | Refusal::UidConflict(_)
        | Refusal::Unavailable(..)
        | Refusal::Exists => (StatusCode::CONFLICT, "Something changed meanwhile"),
        Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Too many people at once"),
        Refusal::Full | Refusal::QuotaExceeded => {
            (StatusCode::INSUFFICIENT_STORAGE, "There is no space left")
        }
        Refusal::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something broke here"),
    };
    let text = match refusal {
        Refusal::NotFound => "The link may be mistyped, or what it led to is gone.".to_owned(),
        // The cause is for the log; the visitor hears that it is not their fault.
        Refusal::Broken(_) => "It is not your fault. Please try again later.".to_owned(),
        Refusal::TooMuch("times held at once") => {
            "You hold several times already. Book one of them, or wait a few minutes.".to_owned()
        }
        other => other.to_string(),
    };
    message(status, title, &text, back)
}

/// A page with a few words.
pub(crate) fn message(status: StatusCode, title: &str, text: &str, back: Option<&str>) -> Answer {
    let page =
        Message { title: title.to_owned(), text: text.to_owned(), back: back.map(str::to_owned) };
    html(status, &page.render().unwrap_or_default())
}

/// Why nothing is free, in one word for the calendar and in a few for whoever asks.
///
/// Whose meeting it is, or what it is about, is nobody's business.
pub(crate) const fn words(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Past => ("past", "it has gone by"),
        Reason::BeforeNotice => ("soon", "it is too soon to book"),
        Reason::AfterWindow => ("later", "it is too far ahead to book yet"),
        Reason::BeforeWindow => ("later", "it is before the time that can be booked"),
        Reason::NoServiceHours | Reason::OverrideClosed | Reason::DoesNotFit | Reason::OffGrid => {
            ("closed", "the host offers no time")
        }
        Reason::DstGap => ("closed", "the clocks are set forward over the host’s hours"),
        Reason::DateSkipped => ("closed", "the host’s calendar has no such date"),
        Reason::Booked | Reason::Buffer | Reason::Held | Reason::LimitDay => {
            ("full", "everything is booked")
        }
        Reason::CalendarConflict | Reason::Tentative => ("busy", "the host is busy"),
        Reason::ConfigEmpty => ("closed", "nothing can be booked with so much notice"),
    }
}
