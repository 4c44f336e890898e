//! Privileges on resources (RFC 3744 §3, RFC 4791 §6.1, RFC 6638 §6) and how they contain each other.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of privileges.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Privileges(u32);

impl Privileges {
    /// None.
    pub const NONE: Self = Self(0);
    /// See when time is taken (RFC 4791 §6.1.1); part of reading.
    pub const READ_FREE_BUSY: Self = Self(1);
    /// See what one may do oneself; part of reading, or clients would offer what is refused.
    pub const READ_CURRENT_USER_PRIVILEGE_SET: Self = Self(1 << 3);
    /// See the resource and what is in it.
    pub const READ: Self = Self(1 << 3 | 1 << 1 | 1);
    /// See who may do what.
    pub const READ_ACL: Self = Self(1 << 2);
    /// Change properties.
    pub const WRITE_PROPERTIES: Self = Self(1 << 4);
    /// Change what is there.
    pub const WRITE_CONTENT: Self = Self(1 << 5);
    /// Add members.
    pub const BIND: Self = Self(1 << 6);
    /// Remove members.
    pub const UNBIND: Self = Self(1 << 7);
    /// All four kinds of change.
    pub const WRITE: Self = Self(0b1111 << 4);
    /// Change who may do what.
    pub const WRITE_ACL: Self = Self(1 << 8);
    /// Take another's lock away.
    pub const UNLOCK: Self = Self(1 << 9);
    /// Have invitations delivered (RFC 6638 §6.1).
    pub const SCHEDULE_DELIVER_INVITE: Self = Self(1 << 10);
    /// Have replies delivered.
    pub const SCHEDULE_DELIVER_REPLY: Self = Self(1 << 11);
    /// Ask when the owner is free.
    pub const SCHEDULE_QUERY_FREEBUSY: Self = Self(1 << 12);
    /// All three kinds of delivery.
    pub const SCHEDULE_DELIVER: Self = Self(0b111 << 10);
    /// Send invitations (RFC 6638 §6.2).
    pub const SCHEDULE_SEND_INVITE: Self = Self(1 << 13);
    /// Send replies.
    pub const SCHEDULE_SEND_REPLY: Self = Self(1 << 14);
    /// Ask when others are free.
    pub const SCHEDULE_SEND_FREEBUSY: Self = Self(1 << 15);
    /// All three kinds of sending.
    pub const SCHEDULE_SEND: Self = Self(0b111 << 13);
    /// Everything.
    pub const ALL: Self = Self(0xffff);

    /// The set with these bits; unknown ones fall away.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Its bits, for keeping.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are in it.
    pub const fn contain(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    pub const fn touch(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Privileges {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Privileges {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Privileges {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Privileges {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

/// A privilege with a name.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// Its local name.
    pub name: &'static str,
    /// Whether it is CalDAV's rather than WebDAV's.
    pub is_of_caldav: bool,
    /// What it means.
    pub set: Privileges,
    /// What it allows, for people.
    pub about: &'static str,
    /// The name of the privilege that contains it.
    pub within: Option<&'static str>,
}

const fn dav(
    name: &'static str,
    set: Privileges,
    within: Option<&'static str>,
    about: &'static str,
) -> Named {
    Named { name, is_of_caldav: false, set, about, within }
}

const fn caldav(
    name: &'static str,
    set: Privileges,
    within: &'static str,
    about: &'static str,
) -> Named {
    Named { name, is_of_caldav: true, set, about, within: Some(within) }
}

/// Every privilege, the containing before the contained (RFC 3744 §5.3).
pub const NAMED: &[Named] = &[
    dav("all", Privileges::ALL, None, "Everything"),
    dav("read", Privileges::READ, Some("all"), "Read"),
    caldav("read-free-busy", Privileges::READ_FREE_BUSY, "read", "Read free-busy time"),
    dav("write", Privileges::WRITE, Some("all"), "Write"),
    dav("write-properties", Privileges::WRITE_PROPERTIES, Some("write"), "Write properties"),
    dav("write-content", Privileges::WRITE_CONTENT, Some("write"), "Write content"),
    dav("bind", Privileges::BIND, Some("write"), "Add members"),
    dav("unbind", Privileges::UNBIND, Some("write"), "Remove members"),
    dav("unlock", Privileges::UNLOCK, Some("all"), "Unlock without owning the lock"),
    dav("read-acl", Privileges::READ_ACL, Some("all"), "Read who may do what"),
    dav(
        "read-current-user-privilege-set",
        Privileges::READ_CURRENT_USER_PRIVILEGE_SET,
        Some("read"),
        "Read one's own privileges",
    ),
    dav("write-acl", Privileges::WRITE_ACL, Some("all"), "Change who may do what"),
    caldav("schedule-deliver", Privileges::SCHEDULE_DELIVER, "all", "Deliver messages"),
    caldav(
        "schedule-deliver-invite",
        Privileges::SCHEDULE_DELIVER_INVITE,
        "schedule-deliver",
        "Deliver invitations",
    ),
    caldav(
        "schedule-deliver-reply",
        Privileges::SCHEDULE_DELIVER_REPLY,
        "schedule-deliver",
        "Deliver replies",
    ),
    caldav(
        "schedule-query-freebusy",
        Privileges::SCHEDULE_QUERY_FREEBUSY,
        "schedule-deliver",
        "Ask for free-busy time",
    ),
    caldav("schedule-send", Privileges::SCHEDULE_SEND, "all", "Send messages"),
    caldav(
        "schedule-send-invite",
        Privileges::SCHEDULE_SEND_INVITE,
        "schedule-send",
        "Send invitations",
    ),
    caldav("schedule-send-reply", Privileges::SCHEDULE_SEND_REPLY, "schedule-send", "Send replies"),
    caldav(
        "schedule-send-freebusy",
        Privileges::SCHEDULE_SEND_FREEBUSY,
        "schedule-send",
        "Ask others for free-busy time",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privilege_contains_what_stands_within_it_and_all_contains_each() {
        for one in NAMED {
            assert!(Privileges::ALL.contain(one.set), "{}", one.name);
            if let Some(outer) = one.within {
                let outer = NAMED.iter().find(|it| it.name == outer).expect(one.name);
                assert!(outer.set.contain(one.set) && outer.set != one.set, "{}", one.name);
            }
        }
        assert!(!Privileges::READ.contain(Privileges::BIND));
        assert!((!Privileges::READ).contain(Privileges::WRITE));
        assert!(!(!Privileges::READ).touch(Privileges::READ_FREE_BUSY));
    }
}
