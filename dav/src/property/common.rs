//! Properties that every resource has.

use app::CollectionKind;

use super::{Live, Subject, What, access};
use crate::path::Resource;
use crate::wire::out::Out;

/// The reports that every resource answers.
const EVERY_REPORT: &[&str] = &[
    "D:expand-property",
    "D:principal-property-search",
    "D:principal-search-property-set",
    "D:principal-match",
    "D:acl-principal-prop-set",
    "CS:calendarserver-principal-search",
];
/// The reports that a calendar answers, with their prefixes.
const CALENDAR_REPORTS: &[&str] =
    &["C:calendar-query", "C:calendar-multiget", "C:free-busy-query", "D:sync-collection"];
/// The reports that a calendar object answers (RFC 4791 §7).
const OBJECT_REPORTS: &[&str] = &["C:calendar-query", "C:calendar-multiget"];
/// The reports that a home answers.
const HOME_REPORTS: &[&str] =
    &["C:calendar-query", "C:calendar-multiget", "C:free-busy-query", "D:sync-collection"];
/// The reports that other collections answer.
const SPECIAL_REPORTS: &[&str] = &["C:calendar-query", "C:calendar-multiget", "D:sync-collection"];
/// The reports that a folder answers: what is in the folders in it is told by a sync of the home.
const FOLDER_REPORTS: &[&str] = &["C:calendar-query", "C:calendar-multiget"];

/// Writes a property that does not depend on what exactly the resource is.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, live: Live) {
    match live {
        Live::ResourceType => out.element("D:resourcetype", |out| resource_type(subject, out)),
        Live::DisplayName => {
            let name = match subject.what {
                What::Principals => "principals",
                What::Homes => "calendars",
                _ => "bookdav",
            };
            out.leaf("D:displayname", name);
        }
        Live::CurrentUserPrincipal => out.element("D:current-user-principal", |out| {
            out.href(&Resource::Principal(subject.request.user.name.clone()).href());
        }),
        Live::PrincipalCollectionSet => {
            out.element("D:principal-collection-set", |out| {
                out.href(&Resource::Principals.href());
            });
        }
        Live::CurrentUserPrivilegeSet
        | Live::SupportedPrivilegeSet
        | Live::Acl
        | Live::AclRestrictions
        | Live::InheritedAclSet => access::write(subject, out, live),
        Live::SupportedReportSet => reports(subject, out),
        Live::Etag => out.leaf("D:getetag", "\"0\""),
        Live::ContentType => out.leaf("D:getcontenttype", "httpd/unix-directory"),
        Live::ContentLength => out.leaf("D:getcontentlength", "0"),
        _ => {}
    }
}

fn reports(subject: &Subject<'_>, out: &mut Out) {
    let own = match subject.what {
        What::Collection(_, it, _) if it.is_calendar() => CALENDAR_REPORTS,
        What::Collection(_, it, _) if it.kind == CollectionKind::Outbox => &[],
        What::Collection(_, it, _) if it.kind == CollectionKind::Folder => FOLDER_REPORTS,
        What::Collection(..) => SPECIAL_REPORTS,
        What::Home(_) => HOME_REPORTS,
        What::Object(_, it, ..) if it.is_calendar() => OBJECT_REPORTS,
        What::Root
        | What::Principals
        | What::Principal(_)
        | What::Delegates(..)
        | What::Homes
        | What::Object(..) => &[],
    };
    out.element("D:supported-report-set", |out| {
        for report in own.iter().chain(EVERY_REPORT) {
            out.element("D:supported-report", |out| {
                out.element("D:report", |out| out.empty(report));
            });
        }
    });
}

/// `DAV:owner`: a path, which is the principal's (Outlook compares the two).
pub(super) fn owner(out: &mut Out, name: &str) {
    out.element("D:owner", |out| out.href(&Resource::Principal(name.to_owned()).href()));
}

fn resource_type(subject: &Subject<'_>, out: &mut Out) {
    if matches!(subject.what, What::Object(..)) {
        return;
    }
    out.empty("D:collection");
    match subject.what {
        What::Principal(_) => out.empty("D:principal"),
        What::Delegates(_, of) => {
            out.empty("D:principal");
            out.empty(match of {
                app::Delegation::Read => "CS:calendar-proxy-read",
                app::Delegation::Write => "CS:calendar-proxy-write",
            });
        }
        What::Collection(_, collection, _) => match collection.kind {
            CollectionKind::Calendar | CollectionKind::Bookings => {
                out.empty("C:calendar");
                if collection.shown_in.is_some() {
                    out.empty("CS:shared");
                } else if !collection.invites.is_empty() {
                    out.empty("CS:shared-owner");
                }
            }
            CollectionKind::Inbox => out.empty("C:schedule-inbox"),
            CollectionKind::Outbox => out.empty("C:schedule-outbox"),
            CollectionKind::Notifications => out.empty("CS:notification"),
            CollectionKind::Subscription => out.empty("CS:subscribed"),
            CollectionKind::Folder => {}
        },
        What::Root | What::Principals | What::Homes | What::Home(_) | What::Object(..) => {}
    }
}
