//! Sharing as calendarserver.org's draft has it (§5.3, §5.5): inviting, answering, publishing.

use app::{App, InviteStatus, Notice, Refusal, ShareChange};
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use model::limit::INVITES_MAX;

use super::collection;
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::wire::names::{CALENDAR_SERVER, DAV};
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, problem, public};

/// The media type of a notification.
const MEDIA_TYPE: &str = "application/xml; charset=utf-8";

/// Invites, and takes back invitations.
pub(super) async fn share(app: &App, request: &Admitted, root: &Element) -> Answer {
    if root.children.len() > INVITES_MAX {
        return problem::refused(&Refusal::TooMany("users with whom one calendar is shared"));
    }
    let mut changes = Vec::new();
    for element in root.children.iter().filter(|it| it.namespace == CALENDAR_SERVER) {
        let href = element.child(DAV, "href").map_or("", |it| it.text.trim()).to_owned();
        let text = |name: &str| {
            element.child(CALENDAR_SERVER, name).map_or(String::new(), |it| it.text.trim().into())
        };
        match element.name.as_str() {
            "set" => changes.push(ShareChange::Set {
                sharee: sharee(app, request, &href),
                href,
                common_name: text("common-name"),
                summary: text("summary"),
                can_write: element.child(CALENDAR_SERVER, "read-write").is_some(),
            }),
            "remove" => {
                let sharee = sharee(app, request, &href);
                changes.push(ShareChange::Remove { href, sharee });
            }
            _ => {}
        }
    }
    let shared = async {
        let (_, collection) = collection(app, request)?;
        app.share(&request.ctx, &collection, &changes, &worded).await
    };
    match shared.await {
        Ok(()) => Response::new(Body::default()),
        Err(refusal) => problem::refused(&refusal),
    }
}

/// Lets anybody read the calendar who has its link, which `CS:publish-url` tells.
pub(super) async fn publish(app: &App, request: &Admitted) -> Answer {
    let published = async {
        let (_, collection) = collection(app, request)?;
        app.publish(&request.ctx, &collection).await
    };
    match published.await {
        Ok(secret) => {
            let mut answer = Response::new(Body::default());
            let place = format!("{}{}", request.origin, public::href(&secret));
            if let Ok(place) = HeaderValue::from_str(&place) {
                answer.headers_mut().insert(header::CONTENT_LOCATION, place);
            }
            answer
        }
        Err(refusal) => problem::refused(&refusal),
    }
}

/// Makes the link worth nothing.
pub(super) async fn unpublish(app: &App, request: &Admitted) -> Answer {
    let withdrawn = async {
        let (_, collection) = collection(app, request)?;
        app.unpublish(&request.ctx, &collection).await
    };
    match withdrawn.await {
        Ok(()) => Response::new(Body::default()),
        Err(refusal) => problem::refused(&refusal),
    }
}

/// The user whose address that is: a mail address or a principal.
fn sharee(app: &App, request: &Admitted, href: &str) -> Option<model::id::UserId> {
    let mail = href.get(..7).filter(|it| it.eq_ignore_ascii_case("mailto:"));
    if mail.is_some() {
        return app.user_with_email(&href[7..]).map(|it| it.id);
    }
    match Resource::of_href(href).ok()? {
        Resource::Principal(name) => Some(app.user_named(&request.ctx, &name).ok()?.id),
        _ => None,
    }
}

/// What an invited user answers.
pub(super) async fn reply(app: &App, request: &Admitted, name: &str, root: &Element) -> Answer {
    let accepts = root.child(CALENDAR_SERVER, "invite-accepted").is_some();
    let uid = root.child(CALENDAR_SERVER, "in-reply-to").map_or("", |it| it.text.trim());
    let answered = async {
        let user = app.user_named(&request.ctx, name)?;
        app.answer_invite(&request.ctx, &user, uid, accepts, &worded).await
    };
    match answered.await {
        Ok(Some(slug)) => {
            let href = Resource::Collection(name.to_owned(), slug).href();
            let xml = Out::document("CS:shared-as", |out| out.href(&href));
            problem::xml(StatusCode::OK, xml)
        }
        Ok(None) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            answer
        }
        Err(refusal) => problem::refused(&refusal),
    }
}

/// A notice as clients read it (calendarserver.org's notifications draft, §4).
pub(super) fn worded(notice: &Notice<'_>) -> (String, String) {
    let xml = Out::document("CS:notification", |out| {
        let at = Timestamp::from_second(notice.at).unwrap_or_default();
        out.leaf("CS:dtstamp", &at.strftime("%Y%m%dT%H%M%SZ").to_string());
        let kind = if notice.is_reply { "CS:invite-reply" } else { "CS:invite-notification" };
        out.element(kind, |out| {
            if notice.is_reply {
                out.leaf("CS:in-reply-to", &notice.invite.uid);
            } else {
                out.leaf("CS:uid", &notice.invite.uid);
            }
            let addressed = if notice.is_reply { &notice.from.name } else { &notice.to.name };
            out.href(&Resource::Principal(addressed.clone()).href());
            out.empty(match (notice.is_withdrawn, notice.invite.status) {
                (true, _) => "CS:invite-deleted",
                (false, InviteStatus::Accepted) => "CS:invite-accepted",
                (false, InviteStatus::Declined) => "CS:invite-declined",
                (false, InviteStatus::Invalid) => "CS:invite-invalid",
                (false, InviteStatus::NoResponse) => "CS:invite-noresponse",
            });
            out.element("CS:access", |out| {
                out.empty(if notice.invite.can_write { "CS:read-write" } else { "CS:read" });
            });
            let owner = if notice.is_reply { notice.to } else { notice.from };
            out.element("CS:hosturl", |out| {
                let slug = notice.collection.slug.clone();
                out.href(&Resource::Collection(owner.name.clone(), slug).href());
            });
            out.element("CS:organizer", |out| {
                out.href(&Resource::Principal(owner.name.clone()).href());
                out.leaf("CS:common-name", &owner.display_name);
            });
            out.leaf("CS:summary", &notice.invite.summary);
        });
    });
    (MEDIA_TYPE.to_owned(), String::from_utf8(xml.whole().into()).unwrap_or_default())
}
