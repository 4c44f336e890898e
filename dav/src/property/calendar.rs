//! Properties of homes, collections and their members.

use app::{Collection, CollectionKind, Entry, Members, User};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::limit::{
    ATTACHMENT_MAX_BYTES, ATTACHMENTS_MAX, ATTENDEES_MAX, BULK_MAX, COUNT_MAX, HOME_MAX_BYTES,
    OBJECT_MAX_BYTES, XML_MAX_BYTES,
};

use super::principal::uuid;
use super::{Live, Subject, Text, What, common, push, sharing, zone};
use crate::path::Resource;
use crate::wire::names::MOBILE_ME;
use crate::wire::out::Out;

/// The collations of text matches (RFC 4791 §7.5.1).
const COLLATIONS: &[&str] = &["i;ascii-casemap", "i;octet", "i;unicode-casemap"];
/// The media types of calendar objects (RFC 4791 §5.2.4, RFC 7265 §4.1).
pub(crate) const MEDIA_TYPES: &[&str] = &["text/calendar", "application/calendar+json"];
/// The components that a calendar can be made for.
pub(crate) const COMPONENTS: &[&str] =
    &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"];
/// The times between which events can be (RFC 4791 §5.2.6, §5.2.7).
pub(crate) const FIRST_DATE: &str = "00010101T000000Z";
/// See [`FIRST_DATE`].
pub(crate) const LAST_DATE: &str = "99991231T000000Z";

/// Writes a property of the home of `user`.
pub(super) fn write_home(subject: &Subject<'_>, out: &mut Out, user: &User, live: Live) {
    let app = subject.app;
    match live {
        Live::DisplayName => out.leaf("D:displayname", &user.display_name),
        Live::Owner => common::owner(out, &user.name),
        // It changes whenever a calendar does: iOS looks at nothing else.
        Live::Ctag => out.leaf("CS:getctag", &app.home_tag(user).unwrap_or_default()),
        Live::Etag => {
            out.leaf("D:getetag", &format!("\"{}\"", app.home_tag(user).unwrap_or_default()));
        }
        Live::SyncToken => out.leaf("D:sync-token", &app.home_token(user)),
        Live::ResourceId => out.element("D:resource-id", |out| {
            // Not the principal's own: the last bit differs.
            out.href(&uuid(u128::from_be_bytes(*user.id.as_bytes()) ^ 1));
        }),
        Live::SupportedComponentSets => out.element("C:supported-calendar-component-sets", |out| {
            for component in &COMPONENTS[..3] {
                out.element("C:supported-calendar-component-set", |out| {
                    out.empty_with("C:comp", ("name", component));
                });
            }
        }),
        other => write_shared(subject, out, user, other),
    }
}

/// What a collection is called where nobody gave it a name.
pub(super) fn last_segment(slug: &str) -> &str {
    slug.rsplit('/').next().unwrap_or_default()
}

/// Writes a property of a collection.
pub(super) fn write_collection(
    subject: &Subject<'_>,
    out: &mut Out,
    (user, collection, members): (&User, &Collection, &Members),
    live: Live,
) {
    let token = || subject.app.sync_token(collection, members);
    match live {
        Live::DisplayName if collection.shown_in.is_some() => {
            sharing::write_name(subject, out, user, collection);
        }
        Live::DisplayName => out.leaf("D:displayname", last_segment(&collection.slug)),
        // Of another's calendar that is shown here, the owner is the other.
        Live::Owner => {
            let owner = subject.app.users_of(&[collection.owner]).into_iter().next();
            common::owner(out, owner.as_ref().map_or(&user.name, |it| &it.name));
        }
        Live::Ctag => out.leaf("CS:getctag", &token()),
        Live::Etag => out.leaf("D:getetag", &format!("\"{}\"", token())),
        Live::SyncToken => out.leaf("D:sync-token", &token()),
        Live::ResourceId => out.element("D:resource-id", |out| {
            out.href(&uuid(u128::from_be_bytes(*collection.id.as_bytes())));
        }),
        Live::AddMember => {
            out.element("D:add-member", |out| out.href(&format!("{}?add-member", subject.href())));
        }
        Live::SupportedComponents => {
            let all = COMPONENTS.iter().map(|it| (*it).to_owned()).collect();
            let components = match collection.kind {
                CollectionKind::Inbox => &all,
                _ => &collection.components,
            };
            out.element("C:supported-calendar-component-set", |out| {
                for component in components {
                    out.empty_with("C:comp", ("name", component));
                }
            });
        }
        Live::SupportedData => out.element("C:supported-calendar-data", |out| {
            for media_type in MEDIA_TYPES {
                let attributes = [("content-type", *media_type), ("version", "2.0")];
                out.empty_with_all("C:calendar-data", &attributes);
            }
        }),
        Live::SupportedCollations => out.element("C:supported-collation-set", |out| {
            for collation in COLLATIONS {
                out.leaf("C:supported-collation", collation);
            }
        }),
        Live::TimezoneId => zone::write(out, collection),
        Live::MaxResourceSize
        | Live::MaxAttendees
        | Live::MaxInstances
        | Live::MinDate
        | Live::MaxDate
        | Live::BulkRequests => write_limit(out, live),
        Live::Transparency => {
            out.element("C:schedule-calendar-transp", |out| out.empty("C:opaque"));
        }
        Live::DefaultCalendar => out.element("C:schedule-default-calendar-URL", |out| {
            if let Some(slug) = subject.app.default_calendar(user) {
                out.href(&Resource::Collection(user.name.clone(), slug).href());
            }
        }),
        Live::PushTransports | Live::PushTopic | Live::PushTriggers => {
            push::write(subject, out, collection, live);
        }
        Live::Invite
        | Live::SharingModes
        | Live::SharedUrl
        | Live::PublishUrl
        | Live::PrePublishUrl => {
            sharing::write(subject, out, collection, live);
        }
        other => write_shared(subject, out, user, other),
    }
}

/// Writes what a calendar takes at most.
fn write_limit(out: &mut Out, live: Live) {
    match live {
        Live::MaxResourceSize => out.leaf("C:max-resource-size", &OBJECT_MAX_BYTES.to_string()),
        Live::MaxAttendees => {
            out.leaf("C:max-attendees-per-instance", &ATTENDEES_MAX.to_string());
        }
        Live::MaxInstances => out.leaf("C:max-instances", &COUNT_MAX.to_string()),
        Live::BulkRequests => bulk_requests(out),
        Live::MinDate => out.leaf("C:min-date-time", FIRST_DATE),
        Live::MaxDate => out.leaf("C:max-date-time", LAST_DATE),
        _ => {}
    }
}

/// How much one request may store at once (bulk change draft §5.1).
fn bulk_requests(out: &mut Out) {
    out.element_of(MOBILE_ME, "bulk-requests", |out| {
        out.element("simple", |out| {
            out.empty("max-resources");
            out.leaf("max-bytes", &OBJECT_MAX_BYTES.to_string());
        });
        out.element("crud", |out| {
            out.leaf("max-resources", &BULK_MAX.to_string());
            out.leaf("max-bytes", &XML_MAX_BYTES.to_string());
        });
    });
}

/// Writes a property that homes and collections have alike.
fn write_shared(subject: &Subject<'_>, out: &mut Out, user: &User, live: Live) {
    match live {
        Live::QuotaUsed => {
            out.leaf("D:quota-used-bytes", &subject.app.used_bytes(user).to_string());
        }
        Live::QuotaAvailable => {
            let left = HOME_MAX_BYTES.saturating_sub(subject.app.used_bytes(user));
            out.leaf("D:quota-available-bytes", &left.to_string());
        }
        Live::MaxAttachments => {
            out.leaf("C:max-attachments-per-resource", &ATTACHMENTS_MAX.to_string());
        }
        Live::MaxAttachmentSize => {
            out.leaf("C:max-attachment-size", &ATTACHMENT_MAX_BYTES.to_string());
        }
        Live::TimezoneServiceSet => out.element("C:timezone-service-set", |out| {
            out.href(crate::timezones::ROOT);
        }),
        Live::SupportedRscales => out.element("C:supported-rscale-set", |out| {
            for system in ical::CALENDAR_SYSTEMS {
                out.leaf("C:supported-rscale", system);
            }
        }),
        other => common::write(subject, out, other),
    }
}

/// Writes a property of a member.
pub(super) fn write_object(
    subject: &Subject<'_>,
    out: &mut Out,
    (user, entry, text): (&User, &Entry, Option<Text<'_>>),
    live: Live,
) {
    match live {
        Live::Owner => common::owner(out, &user.name),
        Live::Etag => out.leaf("D:getetag", &entry.etag),
        Live::ContentType => out.leaf("D:getcontenttype", &media_type_of(subject, entry)),
        Live::ContentLength => out.leaf("D:getcontentlength", &entry.length.to_string()),
        Live::LastModified => out.leaf("D:getlastmodified", &http_date(entry.modified)),
        Live::ResourceId => out.element("D:resource-id", |out| {
            out.href(&uuid(subject.app.member_id(subject_collection(subject), entry)));
        }),
        Live::NotificationType => out.element("CS:notificationtype", |out| {
            out.empty(match app::is_reply(&entry.name) {
                true => "CS:invite-reply",
                false => "CS:invite-notification",
            });
        }),
        Live::CalendarData => {
            let Some(Text { text, media_type }) = text else { return };
            match media_type {
                None => out.leaf("C:calendar-data", text),
                Some(media_type) => {
                    let attributes = [("content-type", media_type), ("version", "2.0")];
                    out.leaf_with("C:calendar-data", &attributes, text);
                }
            }
        }
        other => common::write(subject, out, other),
    }
}

fn subject_collection<'a>(subject: &Subject<'a>) -> Option<&'a Collection> {
    match subject.what {
        What::Object(_, collection, ..) => Some(collection),
        _ => None,
    }
}

fn media_type_of(subject: &Subject<'_>, entry: &Entry) -> String {
    let members = subject_collection(subject).map(Collection::members);
    let kept = members.and_then(|it| it.extra(&entry.name)?.media_type.clone());
    kept.unwrap_or_else(|| CALENDAR_TYPE.to_owned())
}

/// The media type of a calendar object.
pub(crate) const CALENDAR_TYPE: &str = "text/calendar;charset=utf-8";

/// A date as headers carry it (RFC 9110 §5.6.7).
pub(crate) fn http_date(at: i64) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = TimeZone::UTC.to_datetime(Timestamp::from_second(at).unwrap_or_default());
    let of = |names: &[&'static str], number: i8| {
        names.get(usize::from(number.unsigned_abs())).copied().unwrap_or_default()
    };
    let day = of(&DAYS, at.weekday().to_monday_zero_offset());
    let month = of(&MONTHS, at.month() - 1);
    let (date, hour, minute, second) = (at.day(), at.hour(), at.minute(), at.second());
    format!("{day}, {date:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", at.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        for (at, expected) in [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(at), expected);
        }
    }
}
