//! The one place where a refusal becomes a status and a precondition element.

use app::{Attach, Lack, Refusal};
use http::{HeaderValue, Response, StatusCode, header};
use ical::Precondition;

use crate::Answer;
use crate::body::Body;
use crate::path::Resource;
use crate::wire::out::Out;

/// The realm of every challenge: clients forget a password when it changes.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"bookdav\", charset=\"UTF-8\"");

/// An answer in words.
pub(crate) fn plain(status: StatusCode, why: &str) -> Answer {
    let mut answer = Response::new(Body::from(format!("{why}\n")));
    *answer.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, text);
    answer
}

/// Asks for name and password.
pub(crate) fn unauthorized() -> Answer {
    let mut answer = plain(StatusCode::UNAUTHORIZED, "please log in");
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
    answer
}

/// An answer with a `DAV:error` body whose only element is `condition`, with its prefix.
pub(crate) fn precondition(status: StatusCode, condition: &str, why: &str) -> Answer {
    with_error(status, why, |out| out.empty(condition))
}

/// The words stand in a comment: clients compare the children of `DAV:error`.
fn with_error(status: StatusCode, why: &str, fill: impl FnOnce(&mut Out)) -> Answer {
    let body = Out::document("D:error", |out| {
        fill(out);
        out.comment(why);
    });
    xml(status, body)
}

/// An answer whose body is XML.
pub(crate) fn xml(status: StatusCode, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/xml; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// The answer that tells a refusal.
pub(crate) fn refused(refusal: &Refusal) -> Answer {
    let why = refusal.to_string();
    match refusal {
        Refusal::BadCredentials => unauthorized(),
        Refusal::Throttled(seconds) => {
            let mut answer = plain(StatusCode::TOO_MANY_REQUESTS, &why);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            answer
        }
        Refusal::NotFound => plain(StatusCode::NOT_FOUND, &why),
        Refusal::Forbidden => plain(StatusCode::FORBIDDEN, &why),
        Refusal::Lacks(lack) => xml(StatusCode::FORBIDDEN, need_privileges(lack)),
        Refusal::ProtectedEntry => {
            precondition(StatusCode::FORBIDDEN, "D:no-protected-ace-conflict", &why)
        }
        Refusal::InheritedEntry => {
            precondition(StatusCode::FORBIDDEN, "D:no-inherited-ace-conflict", &why)
        }
        Refusal::WrongPlace => precondition(StatusCode::FORBIDDEN, "D:valid-resourcetype", &why),
        Refusal::BadAttachment(bad) => {
            precondition(StatusCode::FORBIDDEN, of_attachment(*bad), &why)
        }
        Refusal::QuotaExceeded => {
            precondition(StatusCode::INSUFFICIENT_STORAGE, "D:quota-not-exceeded", &why)
        }
        Refusal::PreconditionFailed => plain(StatusCode::PRECONDITION_FAILED, &why),
        Refusal::Invalid(invalid) => {
            let element = match invalid.precondition {
                Precondition::ValidCalendarData => "C:valid-calendar-data",
                Precondition::ValidCalendarObjectResource => "C:valid-calendar-object-resource",
                Precondition::MaxAttendees => "C:max-attendees-per-instance",
                Precondition::MaxInstances => "C:max-instances",
                Precondition::MinDateTime => "C:min-date-time",
                Precondition::MaxDateTime => "C:max-date-time",
            };
            precondition(StatusCode::FORBIDDEN, element, &why)
        }
        Refusal::UnsupportedComponent(_) => {
            precondition(StatusCode::FORBIDDEN, "C:supported-calendar-component", &why)
        }
        Refusal::WrongMediaType => {
            precondition(StatusCode::FORBIDDEN, "C:supported-calendar-data", &why)
        }
        Refusal::UnsupportedRscale(_) => {
            precondition(StatusCode::FORBIDDEN, "C:supported-rscale", &why)
        }
        Refusal::UidConflict(_) => precondition(StatusCode::FORBIDDEN, "C:no-uid-conflict", &why),
        Refusal::Unavailable(..) => {
            precondition(StatusCode::CONFLICT, "B:time-not-available", &why)
        }
        Refusal::Exists => {
            precondition(StatusCode::METHOD_NOT_ALLOWED, "D:resource-must-be-null", &why)
        }
        Refusal::NoParent => plain(StatusCode::CONFLICT, &why),
        Refusal::BadToken => precondition(StatusCode::FORBIDDEN, "D:valid-sync-token", &why),
        Refusal::TooMuch("bytes in one object") => {
            precondition(StatusCode::FORBIDDEN, "C:max-resource-size", &why)
        }
        Refusal::TooMuch(_) => {
            precondition(StatusCode::FORBIDDEN, "D:number-of-matches-within-limits", &why)
        }
        Refusal::BadRequest(_) => plain(StatusCode::BAD_REQUEST, &why),
        Refusal::Busy => {
            let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, &why);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            answer
        }
        Refusal::Full => plain(StatusCode::INSUFFICIENT_STORAGE, &why),
        // The cause is for the log; the asker hears that it is not their fault.
        Refusal::Broken(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "something broke here"),
    }
}

/// The element that says what is wrong with an attachment (RFC 8607 §3.11).
const fn of_attachment(bad: Attach) -> &'static str {
    match bad {
        Attach::UnknownId => "C:valid-managed-id-parameter",
        Attach::UnknownInstance => "C:valid-rid-parameter",
        Attach::TooMany => "C:max-attachments-per-resource",
        Attach::TooBig => "C:max-attachment-size",
        Attach::NotManaged => "C:valid-managed-id",
    }
}

/// Which privilege is lacking, and where (RFC 3744 §7.1.1).
fn need_privileges(lack: &Lack) -> Body {
    let home = lack.home.clone();
    let place = match (lack.collection.clone(), lack.object.clone()) {
        (Some(slug), Some(name)) => Resource::Object(home, slug, name),
        (Some(slug), None) => Resource::Collection(home, slug),
        (None, _) => Resource::Home(home),
    };
    Out::document("D:error", |out| {
        out.element("D:need-privileges", |out| {
            out.element("D:resource", |out| {
                out.href(&place.href());
                crate::property::privilege(out, lack.privilege);
            });
        });
    })
}

/// The refusal of a put, with the object that has the UID already (RFC 4791 §5.3.2.1).
pub(crate) fn put_refused(refusal: &Refusal, user: &str, slug: &str) -> Answer {
    match refusal {
        Refusal::UidConflict(name) => {
            let holder = Resource::Object(user.to_owned(), slug.to_owned(), name.clone());
            with_error(StatusCode::FORBIDDEN, &refusal.to_string(), |out| {
                out.element("C:no-uid-conflict", |out| out.href(&holder.href()));
            })
        }
        other => refused(other),
    }
}
