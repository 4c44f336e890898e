//! Properties: which resource has which, and how each is written.

pub(crate) mod calendar;
mod common;
mod principal;

use app::{App, Collection, Entry, Members, PropertyRecord, User};

use crate::path::Resource;
use crate::wire::names::{CALDAV, CALENDAR_SERVER, DAV};
use crate::wire::out::Out;
use crate::wire::tree::Element;

/// A property that the server knows how to answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Live {
    ResourceType,
    DisplayName,
    CurrentUserPrincipal,
    CurrentUserPrivilegeSet,
    Owner,
    PrincipalCollectionSet,
    SupportedReportSet,
    PrincipalUrl,
    CalendarHomeSet,
    CalendarUserAddressSet,
    EmailAddressSet,
    CalendarUserType,
    Ctag,
    SyncToken,
    SupportedComponents,
    SupportedData,
    SupportedCollations,
    MaxResourceSize,
    MaxAttendees,
    Transparency,
    Etag,
    ContentType,
    ContentLength,
    LastModified,
    CalendarData,
}

use Live as L;

/// The names of live properties.
const NAMES: &[(&str, &str, Live)] = &[
    (DAV, "resourcetype", L::ResourceType),
    (DAV, "displayname", L::DisplayName),
    (DAV, "current-user-principal", L::CurrentUserPrincipal),
    (DAV, "current-user-privilege-set", L::CurrentUserPrivilegeSet),
    (DAV, "owner", L::Owner),
    (DAV, "principal-collection-set", L::PrincipalCollectionSet),
    (DAV, "supported-report-set", L::SupportedReportSet),
    (DAV, "principal-URL", L::PrincipalUrl),
    (CALDAV, "calendar-home-set", L::CalendarHomeSet),
    (CALDAV, "calendar-user-address-set", L::CalendarUserAddressSet),
    (CALENDAR_SERVER, "email-address-set", L::EmailAddressSet),
    (CALDAV, "calendar-user-type", L::CalendarUserType),
    (CALENDAR_SERVER, "getctag", L::Ctag),
    (DAV, "sync-token", L::SyncToken),
    (CALDAV, "supported-calendar-component-set", L::SupportedComponents),
    (CALDAV, "supported-calendar-data", L::SupportedData),
    (CALDAV, "supported-collation-set", L::SupportedCollations),
    (CALDAV, "max-resource-size", L::MaxResourceSize),
    (CALDAV, "max-attendees-per-instance", L::MaxAttendees),
    (CALDAV, "schedule-calendar-transp", L::Transparency),
    (DAV, "getetag", L::Etag),
    (DAV, "getcontenttype", L::ContentType),
    (DAV, "getcontentlength", L::ContentLength),
    (DAV, "getlastmodified", L::LastModified),
    (CALDAV, "calendar-data", L::CalendarData),
];

/// What every resource has.
const COMMON: &[Live] = &[
    L::ResourceType,
    L::CurrentUserPrincipal,
    L::CurrentUserPrivilegeSet,
    L::PrincipalCollectionSet,
    L::SupportedReportSet,
];
const OF_PRINCIPAL: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::PrincipalUrl,
    L::CalendarHomeSet,
    L::CalendarUserAddressSet,
    L::EmailAddressSet,
    L::CalendarUserType,
];
const OF_HOME: &[Live] = &[L::DisplayName, L::Owner, L::Ctag];
const OF_COLLECTION: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::Ctag,
    L::SyncToken,
    L::SupportedComponents,
    L::SupportedData,
    L::SupportedCollations,
    L::MaxResourceSize,
    L::MaxAttendees,
    L::Transparency,
];
const OF_OBJECT: &[Live] = &[L::Owner, L::Etag, L::ContentType, L::ContentLength, L::LastModified];

/// Properties that `allprop` leaves out (RFC 4791 §5.2, RFC 3744 §5, RFC 5397 §3).
const ONLY_WHEN_ASKED: &[Live] = &[
    L::CurrentUserPrincipal,
    L::CurrentUserPrivilegeSet,
    L::Owner,
    L::PrincipalCollectionSet,
    L::PrincipalUrl,
    L::SupportedReportSet,
    L::SupportedComponents,
    L::SupportedData,
    L::SupportedCollations,
    L::MaxResourceSize,
    L::MaxAttendees,
    L::Transparency,
    L::CalendarHomeSet,
    L::CalendarUserAddressSet,
    L::CalendarUserType,
    L::EmailAddressSet,
    L::Ctag,
    L::SyncToken,
];

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
}

/// The live property of that name.
pub(crate) fn live(namespace: &str, name: &str) -> Option<Live> {
    NAMES.iter().find(|it| it.1 == name && it.0 == namespace).map(|it| it.2)
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
    Homes,
    Home(&'a User),
    Collection(&'a User, &'a Collection, &'a Members),
    /// An object, with its text where that is asked for.
    Object(&'a User, &'a Collection, &'a Entry, Option<&'a str>),
}

/// A resource as somebody sees it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) app: &'a App,
    /// Who looks.
    pub(crate) viewer: &'a User,
    pub(crate) what: What<'a>,
    /// The properties that clients gave it.
    pub(crate) dead: &'a [PropertyRecord],
}

impl Subject<'_> {
    /// The path to it.
    pub(crate) fn href(&self) -> String {
        match self.what {
            What::Root => Resource::Root,
            What::Principals => Resource::Principals,
            What::Principal(user) => Resource::Principal(user.name.clone()),
            What::Homes => Resource::Homes,
            What::Home(user) => Resource::Home(user.name.clone()),
            What::Collection(user, collection, _) => {
                Resource::Collection(user.name.clone(), collection.slug.clone())
            }
            What::Object(user, collection, entry, _) => {
                Resource::Object(user.name.clone(), collection.slug.clone(), entry.name.to_string())
            }
        }
        .href()
    }

    /// Whether it has that property.
    pub(crate) fn has(&self, asked: &Asked) -> bool {
        self.dead(asked).is_some() || asked.live.is_some_and(|it| self.has_live(it))
    }

    /// Writes that property; false if it has none.
    pub(crate) fn write(&self, out: &mut Out, asked: &Asked) -> bool {
        if let Some(dead) = self.dead(asked) {
            out.stored(&dead.xml);
            return true;
        }
        match asked.live.filter(|it| self.has_live(*it)) {
            Some(live) => {
                self.write_live(out, live);
                true
            }
            None => false,
        }
    }

    /// Writes what `allprop` means, and `more`.
    pub(crate) fn write_all(&self, out: &mut Out, more: &[Asked]) {
        for live in self.lives().filter(|it| !ONLY_WHEN_ASKED.contains(it)) {
            let (namespace, name, _) = NAMES[NAMES.iter().position(|it| it.2 == live).unwrap_or(0)];
            if self.dead_named(namespace, name).is_none() {
                self.write_live(out, live);
            }
        }
        for dead in self.dead {
            out.stored(&dead.xml);
        }
        for asked in more {
            if asked.live.is_some_and(|it| ONLY_WHEN_ASKED.contains(&it)) {
                self.write(out, asked);
            }
        }
    }

    /// Writes the names of all properties.
    pub(crate) fn write_names(&self, out: &mut Out) {
        for live in self.lives() {
            for (namespace, name, _) in NAMES.iter().filter(|it| it.2 == live) {
                out.empty_of(namespace, name);
            }
        }
        for dead in self.dead.iter().filter(|it| live(&it.namespace, &it.name).is_none()) {
            out.empty_of(&dead.namespace, &dead.name);
        }
    }

    fn dead(&self, asked: &Asked) -> Option<&PropertyRecord> {
        self.dead_named(&asked.namespace, &asked.name)
    }

    fn dead_named(&self, namespace: &str, name: &str) -> Option<&PropertyRecord> {
        self.dead.iter().find(|it| it.name == name && it.namespace == namespace)
    }

    fn lives(&self) -> impl Iterator<Item = Live> + use<> {
        let own: &[Live] = match self.what {
            What::Root | What::Principals | What::Homes => &[],
            What::Principal(_) => OF_PRINCIPAL,
            What::Home(_) => OF_HOME,
            What::Collection(..) => OF_COLLECTION,
            What::Object(..) => OF_OBJECT,
        };
        COMMON.iter().chain(own).copied()
    }

    fn has_live(&self, live: Live) -> bool {
        if let (Live::CalendarData, What::Object(_, _, _, text)) = (live, self.what) {
            return text.is_some();
        }
        self.lives().any(|it| it == live)
    }

    fn write_live(&self, out: &mut Out, live: Live) {
        match self.what {
            What::Principal(user) => principal::write(self, out, user, live),
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

/// Whether a client may set that property, or take it away (RFC 4918 §9.2).
pub(crate) fn is_settable(resource: &Resource, namespace: &str, name: &str) -> bool {
    let is_of_client = match live(namespace, name) {
        None => true,
        Some(Live::DisplayName | Live::Transparency) => {
            matches!(resource, Resource::Collection(..))
        }
        Some(_) => false,
    };
    // Properties of these namespaces that we do not know may have a meaning one day.
    let is_known_dead = match namespace {
        DAV => live(namespace, name).is_some(),
        CALDAV => !matches!(name, "schedule-inbox-URL" | "schedule-outbox-URL" | "min-date-time"),
        _ => true,
    };
    is_of_client && is_known_dead
}
