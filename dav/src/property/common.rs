//! Properties that every resource has.

use super::{Live, Subject, What};
use crate::path::Resource;
use crate::wire::out::Out;

/// The reports that a calendar answers, with their prefixes.
const CALENDAR_REPORTS: &[&str] =
    &["C:calendar-query", "C:calendar-multiget", "C:free-busy-query", "D:sync-collection"];
/// The reports that the principals answer.
const PRINCIPAL_REPORTS: &[&str] =
    &["D:principal-property-search", "D:principal-search-property-set"];
/// The reports that a home answers.
const HOME_REPORTS: &[&str] = &["C:calendar-multiget"];

/// Writes a property that does not depend on what exactly the resource is.
pub(super) fn write(subject: &Subject<'_>, out: &mut Out, live: Live) {
    match live {
        Live::ResourceType => out.element("D:resourcetype", |out| resource_type(subject, out)),
        Live::CurrentUserPrincipal => out.element("D:current-user-principal", |out| {
            out.href(&Resource::Principal(subject.viewer.name.clone()).href());
        }),
        Live::PrincipalCollectionSet => {
            out.element("D:principal-collection-set", |out| {
                out.href(&Resource::Principals.href());
            });
        }
        Live::CurrentUserPrivilegeSet => {
            out.element("D:current-user-privilege-set", |out| privileges(subject, out));
        }
        Live::SupportedReportSet => {
            let reports = match subject.what {
                What::Collection(..) => CALENDAR_REPORTS,
                What::Home(_) => HOME_REPORTS,
                What::Root | What::Principals | What::Principal(_) => PRINCIPAL_REPORTS,
                What::Homes | What::Object(..) => &[],
            };
            out.element("D:supported-report-set", |out| {
                for report in reports {
                    out.element("D:supported-report", |out| {
                        out.element("D:report", |out| out.empty(report));
                    });
                }
            });
        }
        _ => {}
    }
}

/// `DAV:owner`: a path, which is the principal's (Outlook compares the two).
pub(super) fn owner(out: &mut Out, name: &str) {
    out.element("D:owner", |out| out.href(&Resource::Principal(name.to_owned()).href()));
}

fn resource_type(subject: &Subject<'_>, out: &mut Out) {
    match subject.what {
        What::Object(..) => {}
        What::Principal(_) => {
            out.empty("D:collection");
            out.empty("D:principal");
        }
        What::Collection(..) => {
            out.empty("D:collection");
            out.empty("C:calendar");
        }
        What::Root | What::Principals | What::Homes | What::Home(_) => out.empty("D:collection"),
    }
}

/// What the viewer may do (RFC 3744 §5.4): all with one's own things, look at the rest.
fn privileges(subject: &Subject<'_>, out: &mut Out) {
    let is_owner = match subject.what {
        What::Principal(user)
        | What::Home(user)
        | What::Collection(user, ..)
        | What::Object(user, ..) => user.id == subject.viewer.id,
        What::Root | What::Principals | What::Homes => false,
    };
    let all = [
        "D:all",
        "D:read",
        "D:write",
        "D:write-properties",
        "D:write-content",
        "D:bind",
        "D:unbind",
        "D:read-current-user-privilege-set",
        "C:read-free-busy",
    ];
    let some = ["D:read", "D:read-current-user-privilege-set"];
    for privilege in if is_owner { &all[..] } else { &some[..] } {
        out.element("D:privilege", |out| out.empty(privilege));
    }
}
