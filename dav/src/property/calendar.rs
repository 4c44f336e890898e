//! Properties of homes, calendars and calendar objects.

use app::{Collection, Entry, Members, User};
use jiff::Timestamp;
use model::limit::{ATTENDEES_MAX, OBJECT_MAX_BYTES};

use super::{Live, Subject, common};
use crate::wire::out::Out;

/// The collations of text matches (RFC 4791 §7.5.1).
const COLLATIONS: &[&str] = &["i;ascii-casemap", "i;octet", "i;unicode-casemap"];

/// Writes a property of the home of `user`.
pub(super) fn write_home(subject: &Subject<'_>, out: &mut Out, user: &User, live: Live) {
    match live {
        Live::DisplayName => out.leaf("D:displayname", &user.display_name),
        Live::Owner => common::owner(out, &user.name),
        // It changes whenever a calendar does: iOS looks at nothing else.
        Live::Ctag => {
            out.leaf("CS:getctag", &subject.app.home_tag(user).unwrap_or_default());
        }
        other => common::write(subject, out, other),
    }
}

/// Writes a property of a calendar.
pub(super) fn write_collection(
    subject: &Subject<'_>,
    out: &mut Out,
    (user, collection, members): (&User, &Collection, &Members),
    live: Live,
) {
    match live {
        Live::DisplayName => out.leaf("D:displayname", &collection.slug),
        Live::Owner => common::owner(out, &user.name),
        Live::Ctag => out.leaf("CS:getctag", &subject.app.sync_token(collection, members)),
        Live::SyncToken => out.leaf("D:sync-token", &subject.app.sync_token(collection, members)),
        Live::SupportedComponents => {
            out.element("C:supported-calendar-component-set", |out| {
                for component in &collection.components {
                    out.empty_with("C:comp", ("name", component));
                }
            });
        }
        Live::SupportedData => out.element("C:supported-calendar-data", |out| {
            out.empty_with("C:calendar-data", ("content-type", "text/calendar"));
        }),
        Live::SupportedCollations => out.element("C:supported-collation-set", |out| {
            for collation in COLLATIONS {
                out.leaf("C:supported-collation", collation);
            }
        }),
        Live::MaxResourceSize => out.leaf("C:max-resource-size", &OBJECT_MAX_BYTES.to_string()),
        Live::MaxAttendees => {
            out.leaf("C:max-attendees-per-instance", &ATTENDEES_MAX.to_string());
        }
        Live::Transparency => {
            out.element("C:schedule-calendar-transp", |out| out.empty("C:opaque"));
        }
        other => common::write(subject, out, other),
    }
}

/// Writes a property of a calendar object.
pub(super) fn write_object(
    subject: &Subject<'_>,
    out: &mut Out,
    (user, entry, text): (&User, &Entry, Option<&str>),
    live: Live,
) {
    match live {
        Live::Owner => common::owner(out, &user.name),
        Live::Etag => out.leaf("D:getetag", &entry.etag),
        Live::ContentType => out.leaf("D:getcontenttype", &content_type(entry)),
        Live::ContentLength => out.leaf("D:getcontentlength", &entry.length.to_string()),
        Live::LastModified => out.leaf("D:getlastmodified", &http_date(entry.modified)),
        Live::CalendarData => out.leaf("C:calendar-data", text.unwrap_or_default()),
        other => common::write(subject, out, other),
    }
}

/// The media type of an object, with its component.
pub(crate) fn content_type(entry: &Entry) -> String {
    format!("text/calendar; charset=utf-8; component={}", entry.component.to_ascii_lowercase())
}

/// A date as headers carry it (RFC 9110 §5.6.7).
pub(crate) fn http_date(at: i64) -> String {
    let at = Timestamp::from_second(at).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
