//! Properties that say who may do what (RFC 3744 §5).

use app::{Ace, Delegation, Who};
use model::privilege::{NAMED, Named, Privileges};

use super::{Live, Subject, What};
use crate::path::Resource;
use crate::wire::out::Out;

/// The name of a privilege, with its prefix.
fn name(privilege: &Named) -> String {
    let prefix = if privilege.is_of_caldav { "C" } else { "D" };
    format!("{prefix}:{}", privilege.name)
}

/// Writes one of the properties about access.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, live: Live) {
    match live {
        Live::CurrentUserPrivilegeSet => {
            let granted = subject.privileges();
            out.element("D:current-user-privilege-set", |out| privileges(out, granted));
        }
        Live::SupportedPrivilegeSet => {
            out.element("D:supported-privilege-set", |out| supported(out, &NAMED[0]));
        }
        // Grants and denials in any order: the first that fits counts (RFC 3744 §5.6).
        Live::AclRestrictions => {
            out.element("D:acl-restrictions", |out| out.empty("D:no-invert"));
        }
        Live::InheritedAclSet => out.empty("D:inherited-acl-set"),
        Live::Acl => out.element("D:acl", |out| list(subject, out)),
        _ => {}
    }
}

/// `DAV:privilege` for everything that is in a set.
pub(crate) fn privileges(out: &mut Out, set: Privileges) {
    for one in NAMED.iter().filter(|it| set.contain(it.set)) {
        out.element("D:privilege", |out| out.empty(&name(one)));
    }
}

/// The first name that says what is in a set.
pub(crate) fn privilege(out: &mut Out, set: Privileges) {
    if let Some(one) = NAMED.iter().rev().find(|it| it.set == set) {
        out.element("D:privilege", |out| out.empty(&name(one)));
    }
}

/// The fewest names that say what is in a set.
fn shortest(out: &mut Out, set: Privileges) {
    let mut said = Privileges::NONE;
    for one in NAMED.iter().filter(|it| set.contain(it.set)) {
        if !said.contain(one.set) {
            out.element("D:privilege", |out| out.empty(&name(one)));
            said |= one.set;
        }
    }
}

fn supported(out: &mut Out, one: &Named) {
    out.element("D:supported-privilege", |out| {
        out.element("D:privilege", |out| out.empty(&name(one)));
        out.leaf_in("D:description", "en", one.about);
        for inner in NAMED.iter().filter(|it| it.within == Some(one.name)) {
            supported(out, inner);
        }
    });
}

/// The entries: what the owner and delegates may, which nobody changes here, then the list.
fn list(subject: &Subject<'_>, out: &mut Out) {
    let (app, ctx) = (subject.app, &subject.request.ctx);
    let owner = match subject.what {
        What::Principal(user) | What::Delegates(user, _) | What::Home(user) => Some(user.id),
        What::Collection(_, collection, _) | What::Object(_, collection, ..) => {
            Some(collection.owner)
        }
        What::Root | What::Principals | What::Homes => None,
    };
    let owner = owner.and_then(|it| app.users_of(&[it]).into_iter().next());
    let Some(owner) = owner else {
        let reading = Privileges::READ;
        protected(out, reading, |out| out.empty("D:authenticated"));
        return;
    };
    let principal = Resource::Principal(owner.name.clone()).href();
    protected(out, Privileges::ALL, |out| out.href(&principal));
    for user in app.administrators() {
        let href = Resource::Principal(user.name.clone()).href();
        protected(out, Privileges::ALL, |out| out.href(&href));
    }
    let is_of_calendars =
        matches!(subject.what, What::Home(_) | What::Collection(..) | What::Object(..));
    if is_of_calendars {
        for of in [Delegation::Read, Delegation::Write] {
            let group = Resource::Delegates(owner.name.clone(), of).href();
            protected(out, app.privileges_of(of), |out| out.href(&group));
        }
    } else {
        let reading = Privileges::READ;
        protected(out, reading, |out| out.empty("D:authenticated"));
    }
    let (own, inherited) = match subject.what {
        What::Collection(_, collection, _) => (app.acl(ctx, collection, None), None),
        What::Object(user, collection, entry, _) => {
            let place = Resource::Collection(user.name.clone(), collection.slug.clone()).href();
            let own = app.acl(ctx, collection, Some(&entry.name));
            (own, Some((app.acl(ctx, collection, None), place)))
        }
        _ => return,
    };
    for ace in own.unwrap_or_default() {
        entry(out, &ace, None);
    }
    if let Some((aces, place)) = inherited {
        for ace in aces.unwrap_or_default() {
            entry(out, &ace, Some(&place));
        }
    }
}

fn protected(out: &mut Out, set: Privileges, who: impl FnOnce(&mut Out)) {
    out.element("D:ace", |out| {
        out.element("D:principal", who);
        out.element("D:grant", |out| shortest(out, set));
        out.empty("D:protected");
    });
}

fn entry(out: &mut Out, ace: &Ace, inherited: Option<&str>) {
    out.element("D:ace", |out| {
        out.element("D:principal", |out| match &ace.who {
            Who::Everybody => out.empty("D:all"),
            Who::Authenticated => out.empty("D:authenticated"),
            Who::Unauthenticated => out.empty("D:unauthenticated"),
            Who::Owner => out.element("D:property", |out| out.empty("D:owner")),
            Who::User(user) => out.href(&Resource::Principal(user.name.clone()).href()),
            Who::ReadDelegates(user) => {
                out.href(&Resource::Delegates(user.name.clone(), Delegation::Read).href());
            }
            Who::WriteDelegates(user) => {
                out.href(&Resource::Delegates(user.name.clone(), Delegation::Write).href());
            }
        });
        let kind = if ace.is_denied { "D:deny" } else { "D:grant" };
        out.element(kind, |out| shortest(out, ace.privileges));
        if let Some(place) = inherited {
            out.element("D:inherited", |out| out.href(place));
        }
    });
}
