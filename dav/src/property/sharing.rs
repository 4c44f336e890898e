//! Properties of shared calendars, as calendarserver.org's sharing draft has them (§5.2).

use app::{Collection, InviteStatus, User};
use model::privilege::Privileges;

use super::calendar::last_segment;
use super::{Live, Subject};
use crate::path::Resource;
use crate::public;
use crate::wire::names::DAV;
use crate::wire::out::Out;

/// Writes the name of a shared calendar that the sharee gave none: the sharer's, or what the
/// invitation says of it.
pub(super) fn write_name(
    subject: &Subject<'_>,
    out: &mut Out,
    sharee: &User,
    collection: &Collection,
) {
    let Some(source) = subject.app.collection_by_id(collection.owner, collection.id) else {
        return;
    };
    if let Some(name) = source.property(DAV, "displayname") {
        return out.stored(&name.xml);
    }
    let mut invites = source.invites.iter();
    let own = invites.find(|it| it.sharee == Some(*sharee.id.as_bytes()));
    let summary = own.map(|it| it.summary.trim()).filter(|it| !it.is_empty());
    out.leaf("D:displayname", summary.unwrap_or_else(|| last_segment(&source.slug)));
}

/// Writes a property about whom a calendar is shared with.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, collection: &Collection, live: Live) {
    let source = subject.app.collection_by_id(collection.owner, collection.id);
    let owner = subject.app.users_of(&[collection.owner]).into_iter().next();
    let (Some(source), Some(owner)) = (source, owner) else { return };
    match live {
        Live::SharingModes => out.element("CS:allowed-sharing-modes", |out| {
            let may_share = subject.privileges().contain(Privileges::WRITE_ACL);
            if collection.shown_in.is_none() && may_share {
                out.empty("CS:can-be-shared");
                out.empty("CS:can-be-published");
            }
        }),
        Live::PublishUrl => {
            let secret = subject.app.public_secret(&subject.request.ctx, collection);
            let path = secret.map(|it| public::href(&it)).unwrap_or_default();
            out.element("CS:publish-url", |out| {
                out.href(&format!("{}{path}", subject.request.origin));
            });
        }
        // The rest of the address is a secret that is made when it is published.
        Live::PrePublishUrl => out.element("CS:pre-publish-url", |out| {
            out.href(&format!("{}{}", subject.request.origin, public::root()));
        }),
        Live::SharedUrl => out.element("CS:shared-url", |out| {
            out.href(&Resource::Collection(owner.name.clone(), source.slug.clone()).href());
        }),
        Live::Invite => out.element("CS:invite", |out| {
            out.element("CS:organizer", |out| {
                out.href(&Resource::Principal(owner.name.clone()).href());
                out.leaf("CS:common-name", &owner.display_name);
            });
            for invite in &source.invites {
                out.element("CS:user", |out| {
                    out.href(&invite.href);
                    out.leaf("CS:common-name", &invite.common_name);
                    out.element("CS:access", |out| {
                        out.empty(if invite.can_write { "CS:read-write" } else { "CS:read" });
                    });
                    out.leaf("CS:summary", &invite.summary);
                    out.leaf("CS:uid", &invite.uid);
                    out.empty(match invite.status {
                        InviteStatus::NoResponse => "CS:invite-noresponse",
                        InviteStatus::Accepted => "CS:invite-accepted",
                        InviteStatus::Declined => "CS:invite-declined",
                        InviteStatus::Invalid => "CS:invite-invalid",
                    });
                });
            }
        }),
        _ => {}
    }
}
