//! Properties of principals: who somebody is, and where their calendars are.

use app::User;

use super::{Live, Subject, common};
use crate::path::Resource;
use crate::wire::out::Out;

/// Writes a property of the principal of `user`.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, user: &User, live: Live) {
    let own = Resource::Principal(user.name.clone()).href();
    match live {
        Live::DisplayName => out.leaf("D:displayname", &user.display_name),
        Live::Owner => common::owner(out, &user.name),
        Live::PrincipalUrl => out.element("D:principal-URL", |out| out.href(&own)),
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
        Live::CalendarUserType => out.leaf("C:calendar-user-type", "INDIVIDUAL"),
        other => common::write(subject, out, other),
    }
}
