//! The methods, each in a file of its own.

mod acl;
mod attachment;
mod bulk;
mod change;
mod copy_move;
mod delete;
mod free_busy_url;
mod get;
mod mkcalendar;
mod options;
mod post;
pub(crate) mod propfind;
mod proppatch;
pub(crate) mod push;
mod put;
mod share;

use app::{App, Collection, Refusal, Transfer, User};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use std::sync::Arc;

use crate::admit::Admitted;
use crate::path::Resource;
use crate::wire::tree::{Element, read};
use crate::{Answer, condition, problem, report};
pub(crate) use propfind::asked;

/// Methods that are understood, as `Allow` tells them.
const ALLOW: &str = "OPTIONS, GET, HEAD, POST, PUT, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, \
                     MKCALENDAR, MKCOL, REPORT, ACL";

/// What the server can do, as `DAV` tells it: `1` first, or Thunderbird drops what is.
pub(super) const CAPABILITIES: HeaderValue = HeaderValue::from_static(
    "1, 3, access-control, extended-mkcol, calendar-access, calendar-no-timezone, calendar-managed-attachments, \
     calendar-proxy, calendarserver-home-sync, calendarserver-sharing, calendarserver-principal-search, webdav-push",
);

/// Answers a request that was let in.
pub async fn respond(app: &App, request: &Admitted, body: Bytes) -> Answer {
    let method = request.head.method.as_str();
    // The others look at the conditions when it counts, or are refused for them as a whole.
    let is_checked = matches!(method, "PROPPATCH" | "MKCALENDAR" | "MKCOL" | "ACL" | "POST")
        || matches!(request.resource, Resource::Collection(..))
            && matches!(method, "PUT" | "DELETE" | "COPY" | "MOVE");
    // What an `If` says counts for those that read, too (RFC 4918 §10.4.1).
    let is_reading = matches!(method, "GET" | "HEAD" | "PROPFIND" | "REPORT");
    let checked = match is_checked {
        true => condition::check(app, request),
        false if is_reading && request.header("if").is_some() => {
            condition::of_request(app, request).map(|_| ())
        }
        false => Ok(()),
    };
    if let Err(refused) = checked {
        return refused;
    }
    let mut answer = match method {
        "OPTIONS" => options::respond(),
        "GET" | "HEAD" => get::respond(app, request),
        "PUT" => put::respond(app, request, &body).await,
        "DELETE" => delete::respond(app, request).await,
        "PROPFIND" => propfind::respond(app, request, &body),
        "PROPPATCH" => proppatch::respond(app, request, &body).await,
        "MKCALENDAR" | "MKCOL" => mkcalendar::respond(app, request, &body).await,
        "REPORT" => report::respond(app, request, &body),
        "COPY" => copy_move::respond(app, request, Transfer::Copy).await,
        "MOVE" => copy_move::respond(app, request, Transfer::Move).await,
        "ACL" => acl::respond(app, request, &body).await,
        "POST" => post::respond(app, request, &body).await,
        _ => not_allowed(),
    };
    condition::tell_state(app, request, &mut answer);
    answer
}

fn not_allowed() -> Answer {
    let mut answer = problem::plain(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here");
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
    answer
}

/// The tree of a body that must be XML.
fn tree(body: &[u8]) -> Result<Element, Answer> {
    read(body).map_err(|bad| problem::plain(StatusCode::BAD_REQUEST, bad.why()))
}

/// The calendar that the request's path names, or is in, and its owner.
pub(crate) fn collection(
    app: &App,
    request: &Admitted,
) -> Result<(Arc<User>, Arc<Collection>), Refusal> {
    let (name, slug, member) = match &request.resource {
        Resource::Collection(name, slug) => (name, slug, None),
        Resource::Object(name, slug, member) => (name, slug, Some(member.as_str())),
        _ => return Err(Refusal::NotFound),
    };
    let owner = app.user_named(&request.ctx, name)?;
    let collection = app.collection_around(&request.ctx, &owner, slug, member)?;
    Ok((owner, collection))
}
