//! The live properties: their names, and which resource has which.

use crate::wire::names::{CALDAV, CALENDAR_SERVER, DAV};

/// A property that the server knows how to answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Live {
    ResourceType,
    DisplayName,
    CurrentUserPrincipal,
    CurrentUserPrivilegeSet,
    SupportedPrivilegeSet,
    Acl,
    AclRestrictions,
    InheritedAclSet,
    Owner,
    PrincipalCollectionSet,
    SupportedReportSet,
    PrincipalUrl,
    AlternateUriSet,
    GroupMemberSet,
    GroupMembership,
    ResourceId,
    AddMember,
    QuotaUsed,
    QuotaAvailable,
    CalendarHomeSet,
    CalendarUserAddressSet,
    EmailAddressSet,
    CalendarUserType,
    ScheduleInbox,
    ScheduleOutbox,
    DefaultCalendar,
    NotificationUrl,
    ProxyReadFor,
    ProxyWriteFor,
    Ctag,
    SyncToken,
    SupportedComponents,
    SupportedComponentSets,
    SupportedData,
    SupportedCollations,
    MaxResourceSize,
    MaxAttendees,
    MaxInstances,
    MinDate,
    MaxDate,
    MaxAttachments,
    MaxAttachmentSize,
    Transparency,
    TimezoneServiceSet,
    TimezoneId,
    Invite,
    SharingModes,
    SharedUrl,
    Source,
    NotificationType,
    Etag,
    ContentType,
    ContentLength,
    LastModified,
    CalendarData,
}

use Live as L;

/// The names of live properties.
pub(super) const NAMES: &[(&str, &str, Live)] = &[
    (DAV, "resourcetype", L::ResourceType),
    (DAV, "displayname", L::DisplayName),
    (DAV, "current-user-principal", L::CurrentUserPrincipal),
    (DAV, "current-user-privilege-set", L::CurrentUserPrivilegeSet),
    (DAV, "supported-privilege-set", L::SupportedPrivilegeSet),
    (DAV, "acl", L::Acl),
    (DAV, "acl-restrictions", L::AclRestrictions),
    (DAV, "inherited-acl-set", L::InheritedAclSet),
    (DAV, "owner", L::Owner),
    (DAV, "principal-collection-set", L::PrincipalCollectionSet),
    (DAV, "supported-report-set", L::SupportedReportSet),
    (DAV, "principal-URL", L::PrincipalUrl),
    (DAV, "alternate-URI-set", L::AlternateUriSet),
    (DAV, "group-member-set", L::GroupMemberSet),
    (DAV, "group-membership", L::GroupMembership),
    (DAV, "resource-id", L::ResourceId),
    (DAV, "add-member", L::AddMember),
    (DAV, "quota-used-bytes", L::QuotaUsed),
    (DAV, "quota-available-bytes", L::QuotaAvailable),
    (CALDAV, "calendar-home-set", L::CalendarHomeSet),
    (CALDAV, "calendar-user-address-set", L::CalendarUserAddressSet),
    (CALENDAR_SERVER, "email-address-set", L::EmailAddressSet),
    (CALDAV, "calendar-user-type", L::CalendarUserType),
    (CALDAV, "schedule-inbox-URL", L::ScheduleInbox),
    (CALDAV, "schedule-outbox-URL", L::ScheduleOutbox),
    (CALDAV, "schedule-default-calendar-URL", L::DefaultCalendar),
    (CALENDAR_SERVER, "notification-URL", L::NotificationUrl),
    (CALENDAR_SERVER, "calendar-proxy-read-for", L::ProxyReadFor),
    (CALENDAR_SERVER, "calendar-proxy-write-for", L::ProxyWriteFor),
    (CALENDAR_SERVER, "getctag", L::Ctag),
    (DAV, "sync-token", L::SyncToken),
    (CALDAV, "supported-calendar-component-set", L::SupportedComponents),
    (CALDAV, "supported-calendar-component-sets", L::SupportedComponentSets),
    (CALDAV, "supported-calendar-data", L::SupportedData),
    (CALDAV, "supported-collation-set", L::SupportedCollations),
    (CALDAV, "max-resource-size", L::MaxResourceSize),
    (CALDAV, "max-attendees-per-instance", L::MaxAttendees),
    (CALDAV, "max-instances", L::MaxInstances),
    (CALDAV, "min-date-time", L::MinDate),
    (CALDAV, "max-date-time", L::MaxDate),
    (CALDAV, "max-attachments-per-resource", L::MaxAttachments),
    (CALDAV, "max-attachment-size", L::MaxAttachmentSize),
    (CALDAV, "schedule-calendar-transp", L::Transparency),
    (CALDAV, "timezone-service-set", L::TimezoneServiceSet),
    (CALDAV, "calendar-timezone-id", L::TimezoneId),
    (CALENDAR_SERVER, "invite", L::Invite),
    (CALENDAR_SERVER, "allowed-sharing-modes", L::SharingModes),
    (CALENDAR_SERVER, "shared-url", L::SharedUrl),
    (CALENDAR_SERVER, "source", L::Source),
    (CALENDAR_SERVER, "notificationtype", L::NotificationType),
    (DAV, "getetag", L::Etag),
    (DAV, "getcontenttype", L::ContentType),
    (DAV, "getcontentlength", L::ContentLength),
    (DAV, "getlastmodified", L::LastModified),
    (CALDAV, "calendar-data", L::CalendarData),
];

/// What every resource has.
pub(super) const COMMON: &[Live] = &[
    L::ResourceType,
    L::CurrentUserPrincipal,
    L::CurrentUserPrivilegeSet,
    L::SupportedPrivilegeSet,
    L::Acl,
    L::AclRestrictions,
    L::InheritedAclSet,
    L::PrincipalCollectionSet,
    L::SupportedReportSet,
    L::Etag,
    L::ContentType,
    L::ContentLength,
    L::LastModified,
];
pub(super) const OF_CONTAINER: &[Live] = &[L::DisplayName];
pub(super) const OF_PRINCIPAL: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::PrincipalUrl,
    L::AlternateUriSet,
    L::GroupMemberSet,
    L::GroupMembership,
    L::ResourceId,
    L::CalendarHomeSet,
    L::CalendarUserAddressSet,
    L::EmailAddressSet,
    L::CalendarUserType,
    L::ScheduleInbox,
    L::ScheduleOutbox,
    L::NotificationUrl,
    L::ProxyReadFor,
    L::ProxyWriteFor,
];
pub(super) const OF_GROUP: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::PrincipalUrl,
    L::AlternateUriSet,
    L::GroupMemberSet,
    L::GroupMembership,
    L::ResourceId,
    L::CalendarUserAddressSet,
    L::EmailAddressSet,
    L::CalendarUserType,
];
pub(super) const OF_DELEGATES: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::PrincipalUrl,
    L::AlternateUriSet,
    L::GroupMemberSet,
    L::GroupMembership,
];
pub(super) const OF_HOME: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::Ctag,
    L::SyncToken,
    L::ResourceId,
    L::QuotaUsed,
    L::QuotaAvailable,
    L::SupportedComponentSets,
    L::TimezoneServiceSet,
    L::MaxAttachmentSize,
    L::MaxAttachments,
];
pub(super) const OF_FOLDER: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::Ctag,
    L::SyncToken,
    L::ResourceId,
    L::AddMember,
    L::QuotaUsed,
    L::QuotaAvailable,
];
pub(super) const OF_CALENDAR: &[Live] = &[
    L::DisplayName,
    L::Owner,
    L::Ctag,
    L::SyncToken,
    L::ResourceId,
    L::AddMember,
    L::QuotaUsed,
    L::QuotaAvailable,
    L::SupportedComponents,
    L::SupportedData,
    L::SupportedCollations,
    L::MaxResourceSize,
    L::MaxAttendees,
    L::MaxInstances,
    L::MinDate,
    L::MaxDate,
    L::MaxAttachments,
    L::MaxAttachmentSize,
    L::Transparency,
    L::TimezoneId,
    L::TimezoneServiceSet,
    L::Invite,
    L::SharingModes,
    L::SharedUrl,
];
pub(super) const OF_OBJECT: &[Live] = &[L::Owner, L::ResourceId];

/// Properties that `allprop` leaves out (RFC 4791 §5.2, RFC 3744 §5, RFC 5397 §3).
pub(super) const fn is_only_when_asked(live: Live) -> bool {
    !matches!(
        live,
        L::ResourceType
            | L::DisplayName
            | L::Etag
            | L::ContentType
            | L::ContentLength
            | L::LastModified
    )
}

/// The live property of that name.
pub(crate) fn live(namespace: &str, name: &str) -> Option<Live> {
    NAMES.iter().find(|it| it.1 == name && it.0 == namespace).map(|it| it.2)
}
