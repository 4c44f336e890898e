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

/// The entries: what the owner and delegates may, which nobody changes here, then the list, then
/// those with whom a calendar is shared, whom an entry of the list may deny what they have.
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
        protected(out, reading, None, |out| out.empty("D:authenticated"));
        return;
    };
    let (collection, name, around) = match subject.what {
        What::Collection(_, collection, _) => (Some(collection), None, None),
        What::Object(user, collection, entry, _) => {
            let place = Resource::Collection(user.name.clone(), collection.slug.clone()).href();
            (Some(collection), Some(&*entry.name), Some(place))
        }
        _ => (None, None, None),
    };
    let around = around.as_deref();
    let principal = Resource::Principal(owner.name.clone()).href();
    protected(out, Privileges::ALL, around, |out| out.href(&principal));
    for user in app.administrators() {
        let href = Resource::Principal(user.name.clone()).href();
        protected(out, Privileges::ALL, None, |out| out.href(&href));
    }
    if collection.is_some() || matches!(subject.what, What::Home(_)) {
        for of in [Delegation::Read, Delegation::Write] {
            let group = Resource::Delegates(owner.name.clone(), of).href();
            protected(out, app.privileges_of(of), None, |out| out.href(&group));
        }
    } else {
        let reading = Privileges::READ;
        protected(out, reading, None, |out| out.empty("D:authenticated"));
    }
    let Some(collection) = collection else { return };
    for ace in app.acl(ctx, collection, name).unwrap_or_default() {
        entry(out, &ace, None);
    }
    if around.is_some() {
        for ace in app.acl(ctx, collection, None).unwrap_or_default() {
            entry(out, &ace, around);
        }
    }
    for ace in app.shared_with(ctx, collection).unwrap_or_default() {
        protected(out, ace.privileges, around, |out| principal_of(out, &ace.who));
    }
}

/// An entry that no list changes; it may be one of the collection around.
fn protected(out: &mut Out, set: Privileges, inherited: Option<&str>, who: impl FnOnce(&mut Out)) {
    out.element("D:ace", |out| {
        out.element("D:principal", who);
        out.element("D:grant", |out| shortest(out, set));
        out.empty("D:protected");
        if let Some(place) = inherited {
            out.element("D:inherited", |out| out.href(place));
        }
    });
}

fn entry(out: &mut Out, ace: &Ace, inherited: Option<&str>) {
    out.element("D:ace", |out| {
        out.element("D:principal", |out| principal_of(out, &ace.who));
        let kind = if ace.is_denied { "D:deny" } else { "D:grant" };
        out.element(kind, |out| shortest(out, ace.privileges));
        if let Some(place) = inherited {
            out.element("D:inherited", |out| out.href(place));
        }
    });
}

fn principal_of(out: &mut Out, who: &Who) {
    match who {
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
    }
}
