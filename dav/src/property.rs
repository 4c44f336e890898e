//! Properties: which resource has which, and how each is written.

mod access;
pub(crate) mod calendar;
mod common;
mod names;
mod principal;
mod push;
mod sharing;
pub(crate) mod zone;

use app::{App, Collection, CollectionKind, Delegation, Entry, Members, PrincipalKind};
use app::{PropertyRecord, User};
use model::privilege::Privileges;

use crate::admit::Admitted;
use crate::path::Resource;
use crate::wire::names::{CALDAV, DAV};
use crate::wire::out::Out;
use crate::wire::tree::Element;
pub(crate) use access::privilege;
use names::{
    COMMON, NAMES, OF_CALENDAR, OF_CONTAINER, OF_DELEGATES, OF_FOLDER, OF_GROUP, OF_HOME,
    OF_OBJECT, OF_PRINCIPAL, is_only_when_asked,
};
pub(crate) use names::{Live, live};
pub(crate) use principal::user_type;

/// A property that a client asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) live: Option<Live>,
}

impl Asked {
    /// The property that an element in `DAV:prop` names.
    pub(crate) fn of(element: &Element) -> Self {
        let live = live(&element.namespace, &element.name);
        Self { namespace: element.namespace.clone(), name: element.name.clone(), live }
    }

    /// A live property.
    pub(crate) fn named(live: Live) -> Self {
        let (namespace, name, _) = NAMES[NAMES.iter().position(|it| it.2 == live).unwrap_or(0)];
        Self { namespace: namespace.to_owned(), name: name.to_owned(), live: Some(live) }
    }
}

/// Which properties a client asks for (RFC 4918 §14.20).
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// These.
    These(Vec<Asked>),
    /// What is usual, and these.
    All(Vec<Asked>),
    /// The names alone.
    Names,
}

/// What a response is about.
#[derive(Clone, Copy)]
pub(crate) enum What<'a> {
    Root,
    Principals,
    Principal(&'a User),
    Delegates(&'a User, Delegation),
    Homes,
    Home(&'a User),
    Collection(&'a User, &'a Collection, &'a Members),
    /// An object, with its text where that is asked for.
    Object(&'a User, &'a Collection, &'a Entry, Option<Text<'a>>),
}

/// The text of an object as a client wants it.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    /// The text.
    pub(crate) text: &'a str,
    /// The media type, if it was asked for by name.
    pub(crate) media_type: Option<&'a str>,
}

/// A resource as somebody sees it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) app: &'a App,
    /// Who looks, and how.
    pub(crate) request: &'a Admitted,
    pub(crate) what: What<'a>,
    /// The properties that clients gave it.
    pub(crate) dead: &'a [PropertyRecord],
}

/// What became of a property that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Told {
    /// It is there.
    Value,
    /// It is not.
    Missing,
    /// The asker may not see it.
    Forbidden,
}

impl<'a> Subject<'a> {
    /// The resource itself.
    pub(crate) fn resource(&self) -> Resource {
        match self.what {
            What::Root => Resource::Root,
            What::Principals => Resource::Principals,
            What::Principal(user) => Resource::Principal(user.name.clone()),
            What::Delegates(user, of) => Resource::Delegates(user.name.clone(), of),
            What::Homes => Resource::Homes,
            What::Home(user) => Resource::Home(user.name.clone()),
            What::Collection(user, collection, _) => {
                Resource::Collection(user.name.clone(), collection.slug.clone())
            }
            What::Object(user, collection, entry, _) => {
                Resource::Object(user.name.clone(), collection.slug.clone(), entry.name.to_string())
            }
        }
    }

    /// The path to it.
    pub(crate) fn href(&self) -> String {
        self.resource().href()
    }

    /// What becomes of that property.
    pub(crate) fn tells(&self, asked: &Asked) -> Told {
        if self.dead(asked).is_some() {
            return Told::Value;
        }
        match asked.live.filter(|it| self.has_live(*it)) {
            None => Told::Missing,
            Some(Live::Acl) if !self.privileges().contain(Privileges::READ_ACL) => Told::Forbidden,
            Some(_) => Told::Value,
        }
    }

    /// Writes that property, if it is there and may be seen.
    pub(crate) fn write(&self, out: &mut Out, asked: &Asked) {
        if let Some(dead) = self.dead(asked) {
            out.stored(&dead.xml);
        } else if let Some(live) = asked.live.filter(|it| self.has_live(*it)) {
            self.write_live(out, live);
        }
    }

    /// Writes what `allprop` means, and `more`.
    pub(crate) fn write_all(&self, out: &mut Out, more: &[Asked]) {
        for live in self.lives().filter(|it| !is_only_when_asked(*it)) {
            let (namespace, name, _) = NAMES[NAMES.iter().position(|it| it.2 == live).unwrap_or(0)];
            if self.dead_named(namespace, name).is_none() && self.has_live(live) {
                self.write_live(out, live);
            }
        }
        for dead in self.dead {
            out.stored(&dead.xml);
        }
        for asked in more {
            if asked.live.is_some_and(is_only_when_asked) && self.dead(asked).is_none() {
                self.write(out, asked);
            }
        }
    }

    /// Writes the names of all properties.
    pub(crate) fn write_names(&self, out: &mut Out) {
        for live in self.lives().filter(|it| self.has_live(*it)) {
            for (namespace, name, _) in NAMES.iter().filter(|it| it.2 == live) {
                out.empty_of(namespace, name);
            }
        }
        for dead in self.dead.iter().filter(|it| live(&it.namespace, &it.name).is_none()) {
            out.empty_of(&dead.namespace, &dead.name);
        }
    }

    /// What the asker may do with it.
    pub(crate) fn privileges(&self) -> Privileges {
        let (app, ctx) = (self.app, &self.request.ctx);
        let visible = Privileges::READ;
        match self.what {
            What::Root | What::Principals | What::Homes => {
                let is_administrator = app.principal(&self.request.user).is_administrator;
                if is_administrator { Privileges::ALL } else { visible }
            }
            What::Principal(user) | What::Delegates(user, _) => {
                visible | app.home_privileges(ctx, user)
            }
            What::Home(user) => app.home_privileges(ctx, user),
            What::Collection(_, collection, _) => app.privileges(ctx, collection, None),
            What::Object(_, collection, entry, _) => {
                app.privileges(ctx, collection, Some(&entry.name))
            }
        }
    }

    fn dead(&self, asked: &Asked) -> Option<&'a PropertyRecord> {
        self.dead_named(&asked.namespace, &asked.name)
    }

    fn dead_named(&self, namespace: &str, name: &str) -> Option<&'a PropertyRecord> {
        self.dead.iter().find(|it| it.name == name && it.namespace == namespace)
    }

    fn lives(&self) -> impl Iterator<Item = Live> + use<> {
        let own: &[Live] = match self.what {
            What::Root | What::Principals | What::Homes => OF_CONTAINER,
            What::Principal(user) if self.app.principal(user).kind == PrincipalKind::Group => {
                OF_GROUP
            }
            What::Principal(_) => OF_PRINCIPAL,
            What::Delegates(..) => OF_DELEGATES,
            What::Home(_) => OF_HOME,
            What::Collection(_, collection, _) if collection.is_calendar() => OF_CALENDAR,
            What::Collection(..) => OF_FOLDER,
            What::Object(..) => OF_OBJECT,
        };
        COMMON.iter().chain(own).copied()
    }

    fn has_live(&self, live: Live) -> bool {
        match (live, self.what) {
            (Live::CalendarData, What::Object(_, _, _, text)) => text.is_some(),
            (Live::LastModified, it) => matches!(it, What::Object(..)),
            (Live::Etag, What::Principal(_) | What::Delegates(..)) => false,
            (Live::NotificationType, What::Object(_, it, ..)) => {
                it.kind == CollectionKind::Notifications
            }
            // The names that clients give stand among the dead ones.
            (Live::DisplayName, What::Collection(_, it, _)) => it.kind != CollectionKind::Folder,
            (Live::SyncToken, What::Collection(_, it, _)) => {
                !matches!(it.kind, CollectionKind::Folder | CollectionKind::Outbox)
            }
            (Live::SupportedComponents | Live::SupportedData, What::Collection(_, it, _)) => {
                it.is_calendar() || it.kind == CollectionKind::Inbox
            }
            (Live::DefaultCalendar, What::Collection(_, it, _)) => it.kind == CollectionKind::Inbox,
            (Live::PublishUrl, What::Collection(_, it, _)) => {
                self.app.public_secret(&self.request.ctx, it).is_some()
            }
            (Live::PrePublishUrl, What::Collection(_, it, _)) => {
                self.app.may_publish(&self.request.ctx, it)
            }
            (Live::PushTransports | Live::PushTopic | Live::PushTriggers, What::Collection(..)) => {
                self.app.push_key().is_some() && self.lives().any(|it| it == live)
            }
            (Live::TimezoneId, What::Collection(_, it, _)) => zone::name(it).is_some(),
            (Live::Source, What::Collection(_, it, _)) => it.kind == CollectionKind::Subscription,
            (Live::SharedUrl, What::Collection(_, it, _)) => it.shown_in.is_some(),
            (Live::Invite, What::Collection(_, it, _)) => {
                it.is_calendar() && (!it.invites.is_empty() || it.shown_in.is_some())
            }
            _ => self.lives().any(|it| it == live),
        }
    }

    pub(crate) fn write_live(&self, out: &mut Out, live: Live) {
        match self.what {
            What::Principal(user) => principal::write(self, out, user, live),
            What::Delegates(user, of) => principal::write_delegates(self, out, (user, of), live),
            What::Home(user) => calendar::write_home(self, out, user, live),
            What::Collection(user, collection, members) => {
                calendar::write_collection(self, out, (user, collection, members), live);
            }
            What::Object(user, _, entry, text) => {
                calendar::write_object(self, out, (user, entry, text), live);
            }
            What::Root | What::Principals | What::Homes => common::write(self, out, live),
        }
    }
}

/// Names of RFC 4918 and its kin that only a server could give a meaning to.
const PROTECTED: &[&str] = &[
    "alternate-URI-set",
    "checked-in",
    "checked-out",
    "creationdate",
    "group",
    "lockdiscovery",
    "parent-set",
    "supportedlock",
    "supported-live-property-set",
    "supported-method-set",
];

/// Whether a client may set that property, or take it away (RFC 4918 §9.2).
pub(crate) fn is_settable(resource: &Resource, namespace: &str, name: &str) -> bool {
    match live(namespace, name) {
        Some(Live::DisplayName) => !matches!(resource, Resource::Principal(_)),
        Some(Live::Transparency) => matches!(resource, Resource::Collection(..)),
        Some(Live::TimezoneId) => {
            matches!(resource, Resource::Collection(..) | Resource::Object(..))
        }
        Some(Live::GroupMemberSet) => matches!(resource, Resource::Delegates(..)),
        Some(Live::DefaultCalendar | Live::Source) => true,
        Some(_) => false,
        // What these say is for a server to say, whether it does or not.
        None => match namespace {
            DAV => !PROTECTED.contains(&name),
            CALDAV => !name.starts_with("schedule-"),
            _ => true,
        },
    }
}
