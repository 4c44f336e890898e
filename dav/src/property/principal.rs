//! Properties of principals: who somebody is, and where their calendars are.

use std::sync::Arc;

use app::{CollectionKind, Delegation, PrincipalKind, User};

use super::{Live, Subject, common};
use crate::path::Resource;
use crate::wire::out::Out;

/// Writes a property of the principal of `user`.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, user: &User, live: Live) {
    let own = Resource::Principal(user.name.clone()).href();
    let app = subject.app;
    let special = |kind: CollectionKind| app.special(user, kind);
    match live {
        Live::DisplayName => out.leaf("D:displayname", &user.display_name),
        Live::Owner => common::owner(out, &user.name),
        Live::PrincipalUrl => out.element("D:principal-URL", |out| out.href(&own)),
        Live::AlternateUriSet => out.element("D:alternate-URI-set", |out| {
            out.href(&format!("mailto:{}", user.email));
        }),
        Live::GroupMemberSet => {
            let members = app.users_of(&app.principal(user).members);
            out.element("D:group-member-set", |out| principals(out, &members));
        }
        Live::GroupMembership => out.element("D:group-membership", |out| {
            principals(out, &app.groups_of(user));
            for of in [Delegation::Read, Delegation::Write] {
                for other in app.delegators_of(user, of) {
                    out.href(&Resource::Delegates(other.name.clone(), of).href());
                }
            }
        }),
        Live::ResourceId => out.element("D:resource-id", |out| {
            let id = u128::from_be_bytes(*user.id.as_bytes());
            out.href(&uuid(id));
        }),
        // Exactly one: Apple's clients take any of several.
        Live::CalendarHomeSet => out.element("C:calendar-home-set", |out| {
            out.href(&Resource::Home(user.name.clone()).href());
        }),
        Live::CalendarUserAddressSet => out.element("C:calendar-user-address-set", |out| {
            out.href(&format!("mailto:{}", user.email));
            out.href(&own);
        }),
        Live::EmailAddressSet => out.element("CS:email-address-set", |out| {
            out.leaf("CS:email-address", &user.email);
        }),
        Live::CalendarUserType => {
            out.leaf("C:calendar-user-type", user_type(app.principal(user).kind));
        }
        Live::ScheduleInbox => {
            url(out, "C:schedule-inbox-URL", user, special(CollectionKind::Inbox));
        }
        Live::ScheduleOutbox => {
            url(out, "C:schedule-outbox-URL", user, special(CollectionKind::Outbox));
        }
        Live::NotificationUrl => {
            url(out, "CS:notification-URL", user, special(CollectionKind::Notifications));
        }
        Live::ProxyReadFor => out.element("CS:calendar-proxy-read-for", |out| {
            principals(out, &app.delegators_of(user, Delegation::Read));
        }),
        Live::ProxyWriteFor => out.element("CS:calendar-proxy-write-for", |out| {
            principals(out, &app.delegators_of(user, Delegation::Write));
        }),
        other => common::write(subject, out, other),
    }
}

/// Writes a property of the group of those who stand in for `user`.
pub(super) fn write_delegates(
    subject: &Subject<'_>,
    out: &mut Out,
    (user, of): (&User, Delegation),
    live: Live,
) {
    let own = subject.href();
    match live {
        Live::DisplayName => out.leaf(
            "D:displayname",
            match of {
                Delegation::Read => "calendar-proxy-read",
                Delegation::Write => "calendar-proxy-write",
            },
        ),
        Live::Owner => common::owner(out, &user.name),
        Live::PrincipalUrl => out.element("D:principal-URL", |out| out.href(&own)),
        Live::AlternateUriSet => out.empty("D:alternate-URI-set"),
        Live::GroupMembership => out.empty("D:group-membership"),
        Live::GroupMemberSet => out.element("D:group-member-set", |out| {
            principals(out, &subject.app.delegates_of(user, of));
        }),
        other => common::write(subject, out, other),
    }
}

/// What kind of calendar user somebody is (RFC 5545 §3.2.3).
pub(crate) fn user_type(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Individual => "INDIVIDUAL",
        PrincipalKind::Group => "GROUP",
        PrincipalKind::Resource => "RESOURCE",
        PrincipalKind::Room => "ROOM",
    }
}

/// An identity as a URI that is the same wherever the resource moves (RFC 5842 §3.1).
pub(super) fn uuid(id: u128) -> String {
    let hex = format!("{id:032x}");
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("urn:uuid:{}", parts.join("-"))
}

fn principals(out: &mut Out, users: &[Arc<User>]) {
    for user in users {
        out.href(&Resource::Principal(user.name.clone()).href());
    }
}

fn url(out: &mut Out, name: &str, user: &User, slug: Option<String>) {
    out.element(name, |out| {
        if let Some(slug) = slug {
            out.href(&Resource::Collection(user.name.clone(), slug).href());
        }
    });
}
