//! What users are beside logins: groups, resources, administrators, and who stands in for whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::id::UserId;
use storage::record::{Id, PrincipalKind, PrincipalRecord, Record};
use storage::table;

use super::Index;

/// Groups within groups that are looked into.
const GROUPS_DEEP: usize = 8;

/// A user as a principal (RFC 3744 §2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Principal {
    /// What kind of calendar user it is.
    pub kind: PrincipalKind,
    /// Whether it may do everything everywhere.
    pub is_administrator: bool,
    /// Those who are in it, if it is a group.
    pub members: Vec<UserId>,
    /// Those who may read all of its calendars.
    pub read_delegates: Vec<UserId>,
    /// Those who may read and write all of its calendars.
    pub write_delegates: Vec<UserId>,
}

impl From<PrincipalRecord> for Principal {
    fn from(record: PrincipalRecord) -> Self {
        let users = |ids: Vec<Id>| ids.into_iter().map(UserId::from_bytes).collect();
        Self {
            kind: record.kind,
            is_administrator: record.is_administrator,
            members: users(record.members),
            read_delegates: users(record.read_delegates),
            write_delegates: users(record.write_delegates),
        }
    }
}

impl From<&Principal> for PrincipalRecord {
    fn from(principal: &Principal) -> Self {
        let ids = |users: &[UserId]| users.iter().map(|it| *it.as_bytes()).collect();
        Self {
            kind: principal.kind,
            is_administrator: principal.is_administrator,
            members: ids(&principal.members),
            read_delegates: ids(&principal.read_delegates),
            write_delegates: ids(&principal.write_delegates),
        }
    }
}

impl Index {
    /// What `user` is beside a login.
    pub(crate) fn principal(&self, user: UserId) -> Arc<Principal> {
        self.principals.read().get(&user).cloned().unwrap_or_default()
    }

    /// The groups that `user` is in, also through other groups.
    pub(crate) fn groups_of(&self, user: UserId) -> BTreeSet<UserId> {
        let principals = self.principals.read();
        let mut found = BTreeSet::new();
        let mut newest = vec![user];
        for _ in 0..GROUPS_DEEP {
            let with = |it: &Principal| newest.iter().any(|member| it.members.contains(member));
            let next: Vec<UserId> = principals
                .iter()
                .filter(|it| with(it.1) && !found.contains(it.0))
                .map(|it| *it.0)
                .collect();
            if next.is_empty() {
                break;
            }
            found.extend(next.iter().copied());
            newest = next;
        }
        found
    }

    /// Those whose calendars `user` may read, and those whose calendars they may write.
    pub(crate) fn delegators_of(&self, user: UserId) -> (Vec<UserId>, Vec<UserId>) {
        let mut who = self.groups_of(user);
        who.insert(user);
        let principals = self.principals.read();
        let of = |delegates: fn(&Principal) -> &[UserId]| {
            let mut found: Vec<UserId> = principals
                .iter()
                .filter(|it| delegates(it.1).iter().any(|it| who.contains(it)))
                .map(|it| *it.0)
                .collect();
            found.sort_unstable();
            found
        };
        (of(|it| &it.read_delegates), of(|it| &it.write_delegates))
    }

    pub(super) fn follow_principal(&self, rest: &[u8], value: Option<&[u8]>) {
        let Some((id, _)) = table::split_id(rest) else { return };
        let id = UserId::from_bytes(id);
        match value.and_then(PrincipalRecord::decode) {
            Some(record) => self.put_principal(id, record),
            None => {
                self.principals.write().remove(&id);
            }
        }
    }

    pub(super) fn put_principal(&self, id: UserId, record: PrincipalRecord) {
        self.principals.write().insert(id, Arc::new(record.into()));
    }
}
