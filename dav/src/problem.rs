//! The one place where a refusal becomes a status and a precondition element.

use app::{Attach, Lack, Refusal};
use http::{HeaderValue, Response, StatusCode, header};
use ical::Precondition;
use model::limit::DOCUMENT_MAX_BYTES;

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

/// An answer with a `DAV:error` body that `fill` writes.
///
/// The words stand in a comment: clients compare the children of `DAV:error`.
pub(crate) fn with_error(status: StatusCode, why: &str, fill: impl FnOnce(&mut Out)) -> Answer {
    let body = Out::document("D:error", |out| {
        fill(out);
        out.comment(why);
    });
    xml(status, body)
}

/// An answer whose body is XML; one that is too long was not written to its end.
pub(crate) fn xml(status: StatusCode, body: Body) -> Answer {
    if body.len() > DOCUMENT_MAX_BYTES {
        return refused(&Refusal::TooMuch("bytes in one answer"));
    }
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/xml; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// The answer that tells a refusal.
pub(crate) fn refused(refusal: &Refusal) -> Answer {
    put_refused(refusal, "", "")
}

/// The refusal of a put into a collection of somebody: what has the UID already is named there.
pub(crate) fn put_refused(refusal: &Refusal, user: &str, slug: &str) -> Answer {
    let why = match refusal {
        Refusal::BadCredentials => return unauthorized(),
        // The cause is for the log; the asker hears that it is not their fault.
        Refusal::Broken(_) => "something broke here".to_owned(),
        _ => refusal.to_string(),
    };
    let (status, element) = outcome(refusal);
    let mut answer = match element {
        Some(_) => with_error(status, &why, |out| write(out, refusal, (user, slug))),
        None => plain(status, &why),
    };
    let seconds = match refusal {
        Refusal::Throttled(seconds) => *seconds,
        Refusal::Busy => 1,
        _ => return answer,
    };
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// The refusal to make a calendar, or to copy or move one to some place (RFC 4791 §5.3.1.1).
pub(crate) fn calendar_refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::WrongPlace | Refusal::TooDeep => {
            let place = "C:calendar-collection-location-ok";
            precondition(StatusCode::FORBIDDEN, place, &refusal.to_string())
        }
        other => refused(other),
    }
}

/// The status that a refusal has, and the precondition of which it is the failure.
pub(crate) fn outcome(refusal: &Refusal) -> (StatusCode, Option<&'static str>) {
    let forbidden = |element| (StatusCode::FORBIDDEN, Some(element));
    match refusal {
        Refusal::BadCredentials => (StatusCode::UNAUTHORIZED, None),
        Refusal::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, None),
        Refusal::NotFound => (StatusCode::NOT_FOUND, None),
        Refusal::Forbidden | Refusal::TooDeep => (StatusCode::FORBIDDEN, None),
        Refusal::Lacks(_) => forbidden("D:need-privileges"),
        Refusal::ProtectedEntry => forbidden("D:no-protected-ace-conflict"),
        Refusal::InheritedEntry => forbidden("D:no-inherited-ace-conflict"),
        Refusal::WrongPlace => forbidden("D:valid-resourcetype"),
        Refusal::BadAttachment(bad) => forbidden(match bad {
            Attach::UnknownId => "C:valid-managed-id-parameter",
            Attach::UnknownInstance => "C:valid-rid-parameter",
            Attach::TooMany => "C:max-attachments-per-resource",
            Attach::TooBig => "C:max-attachment-size",
            Attach::NotManaged => "C:valid-managed-id",
        }),
        Refusal::QuotaExceeded => (StatusCode::INSUFFICIENT_STORAGE, Some("D:quota-not-exceeded")),
        Refusal::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, None),
        Refusal::Invalid(invalid) => forbidden(match invalid.precondition {
            Precondition::ValidCalendarData => "C:valid-calendar-data",
            Precondition::ValidCalendarObjectResource => "C:valid-calendar-object-resource",
            Precondition::MaxAttendees => "C:max-attendees-per-instance",
            Precondition::MaxInstances => "C:max-instances",
            Precondition::MinDateTime => "C:min-date-time",
            Precondition::MaxDateTime => "C:max-date-time",
        }),
        Refusal::UnsupportedComponent(_) => forbidden("C:supported-calendar-component"),
        Refusal::WrongMediaType(_) => forbidden("C:supported-calendar-data"),
        Refusal::UnsupportedRscale(_) => forbidden("C:supported-rscale"),
        Refusal::UidConflict(_) => forbidden("C:no-uid-conflict"),
        Refusal::Unavailable(..) => (StatusCode::CONFLICT, Some("B:time-not-available")),
        Refusal::Exists => (StatusCode::METHOD_NOT_ALLOWED, Some("D:resource-must-be-null")),
        Refusal::NoParent => (StatusCode::CONFLICT, None),
        Refusal::BadToken => forbidden("D:valid-sync-token"),
        Refusal::TooLong => forbidden("C:max-resource-size"),
        Refusal::TooMuch(_) => forbidden("D:number-of-matches-within-limits"),
        Refusal::BadRequest(_) => (StatusCode::BAD_REQUEST, None),
        Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, None),
        Refusal::Full | Refusal::TooMany(_) => (StatusCode::INSUFFICIENT_STORAGE, None),
        Refusal::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}

/// Writes the precondition that failed, if there is one for the refusal, with what it names:
/// the lacking privilege, or the object of `place` that has the UID (RFC 4791 §5.3.2.1).
pub(crate) fn write(out: &mut Out, refusal: &Refusal, (user, slug): (&str, &str)) {
    match (refusal, outcome(refusal).1) {
        (Refusal::Lacks(lack), _) => need_privileges(out, lack),
        (Refusal::UidConflict(name), Some(element)) if !slug.is_empty() => {
            let holder = Resource::Object(user.to_owned(), slug.to_owned(), name.clone());
            out.element(element, |out| out.href(&holder.href()));
        }
        (_, Some(element)) => out.empty(element),
        (_, None) => {}
    }
}

/// Which privilege is lacking, and where (RFC 3744 §7.1.1).
fn need_privileges(out: &mut Out, lack: &Lack) {
    let home = lack.home.clone();
    let place = match (lack.collection.clone(), lack.object.clone()) {
        (Some(slug), Some(name)) => Resource::Object(home, slug, name),
        (Some(slug), None) => Resource::Collection(home, slug),
        (None, _) => Resource::Home(home),
    };
    out.element("D:need-privileges", |out| {
        out.element("D:resource", |out| {
            out.href(&place.href());
            crate::property::privilege(out, lack.privilege);
        });
    });
}
