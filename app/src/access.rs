//! What somebody may do with a resource: what they are to its owner, and what its lists say.

use std::sync::Arc;

use model::id::UserId;
use model::privilege::Privileges;
use storage::record::{AceRecord, WhoRecord};

use crate::App;
use crate::calendar::Who;
use crate::context::{Actor, Ctx, VisitorToken};
use crate::index::{Collection, User};
use crate::policy::{Action, Relation, Verdict, given, needed, verdict};
use crate::principal::Delegation;
use crate::refusal::{Lack, Refusal};
use crate::share::privileges_by;

/// Somebody as the lists of privileges know them.
pub(crate) struct Asker {
    actor: Actor,
    relation: Relation,
    owner: UserId,
    /// Themselves and the groups that they are in.
    who: Vec<UserId>,
}

impl App {
    /// What the asker is to `owner`.
    pub(crate) fn asker(&self, ctx: &Ctx, owner: UserId) -> Asker {
        let (relation, who) = match ctx.actor {
            Actor::Server => (Relation::Server, Vec::new()),
            Actor::Visitor(_) => (Relation::Visitor, Vec::new()),
            Actor::User(id) => self.relation(id, owner),
        };
        Asker { actor: ctx.actor, relation, owner, who }
    }

    /// What a user is to `owner`, and as whom lists know them.
    fn relation(&self, id: UserId, owner: UserId) -> (Relation, Vec<UserId>) {
        if id == owner {
            return (Relation::Owner, vec![id]);
        }
        let mut who: Vec<UserId> = self.index.groups_of(id).into_iter().collect();
        who.push(id);
        let of = self.index.principal(owner);
        let is_among = |list: &[UserId]| list.iter().any(|it| who.contains(it));
        let relation = if self.index.principal(id).is_administrator {
            Relation::Administrator
        } else if is_among(&of.write_delegates) {
            Relation::WriteDelegate
        } else if is_among(&of.read_delegates) {
            Relation::ReadDelegate
        } else {
            Relation::Stranger
        };
        (relation, who)
    }

    /// What those whom an entry is about may do with everything of `owner`'s, whatever lists say.
    pub(crate) fn beyond_lists(&self, owner: UserId, who: &Who) -> Privileges {
        given(match who {
            Who::Owner => Relation::Owner,
            Who::User(user) => self.relation(user.id, owner).0,
            Who::ReadDelegates(of) if of.id == owner => Relation::ReadDelegate,
            Who::WriteDelegates(of) if of.id == owner => Relation::WriteDelegate,
            Who::ReadDelegates(_)
            | Who::WriteDelegates(_)
            | Who::Everybody
            | Who::Authenticated
            | Who::Unauthenticated => Relation::Stranger,
        })
    }

    /// The privileges that the asker has on everything of `owner`'s.
    pub fn home_privileges(&self, ctx: &Ctx, owner: &User) -> Privileges {
        given(self.asker(ctx, owner.id).relation)
    }

    /// The privileges of those who stand in for somebody, on all that is theirs.
    pub fn privileges_of(&self, delegation: Delegation) -> Privileges {
        given(match delegation {
            Delegation::Read => Relation::ReadDelegate,
            Delegation::Write => Relation::WriteDelegate,
        })
    }

    /// The privileges that the asker has on a collection, or on a member of it.
    pub fn privileges(&self, ctx: &Ctx, collection: &Collection, name: Option<&str>) -> Privileges {
        self.found(&self.asker(ctx, collection.owner), collection, name)
    }

    fn found(&self, asker: &Asker, collection: &Collection, name: Option<&str>) -> Privileges {
        let base = given(asker.relation);
        if base == Privileges::ALL {
            return base;
        }
        let held = self.source_of(collection);
        let source = held.as_deref().unwrap_or(collection);
        let (mut granted, denied) = self.listed(asker, source, name);
        // An invitation is an entry that stands after all others: what they deny stays denied.
        for invite in &source.invites {
            if invite.sharee.is_some_and(|it| asker.who.contains(&UserId::from_bytes(it))) {
                granted |= privileges_by(invite) & !denied;
            }
        }
        granted
    }

    /// What the lists of a collection and its member grant, and what they deny: of two entries
    /// about one privilege the first counts (RFC 3744 §5.5).
    fn listed(
        &self,
        asker: &Asker,
        source: &Collection,
        name: Option<&str>,
    ) -> (Privileges, Privileges) {
        let members = source.members();
        let own = name.and_then(|it| members.extra(it)).map_or(&[][..], |it| &it.acl);
        let (mut granted, mut denied) = (given(asker.relation), Privileges::NONE);
        for ace in own.iter().chain(&source.acl).filter(|it| self.is_about(it, asker)) {
            let these = Privileges::from_bits(ace.privileges);
            if ace.is_denied {
                denied |= these & !granted;
            } else {
                granted |= these & !denied;
            }
        }
        (granted, denied)
    }

    /// What whoever has the link to a published calendar may do with it, or with a member.
    ///
    /// Like an invitation, a link is an entry that stands after all others.
    pub(crate) fn privileges_by_link(
        &self,
        collection: &Collection,
        name: Option<&str>,
    ) -> Privileges {
        let (actor, relation) = (Actor::Visitor(VisitorToken([0; 16])), Relation::Visitor);
        let anybody = Asker { actor, relation, owner: collection.owner, who: Vec::new() };
        Privileges::READ & !self.listed(&anybody, collection, name).1
    }

    /// Tells which members of a collection the asker has `privileges` on, by their names.
    ///
    /// It is for those who have them on the collection: members without a list of their own
    /// are not looked at any further.
    pub fn open_members<'a>(
        &'a self,
        ctx: &Ctx,
        collection: &'a Collection,
        privileges: Privileges,
    ) -> impl Fn(&str) -> bool + 'a {
        let asker = self.asker(ctx, collection.owner);
        let members = collection.members();
        move |name| {
            members.extra(name).is_none_or(|it| it.acl.is_empty())
                || self.found(&asker, collection, Some(name)).contain(privileges)
        }
    }

    fn is_about(&self, ace: &AceRecord, asker: &Asker) -> bool {
        let is_user = matches!(asker.actor, Actor::User(_));
        let any = |list: &[UserId]| list.iter().any(|it| asker.who.contains(it));
        match ace.who {
            WhoRecord::Everybody => true,
            WhoRecord::Authenticated => is_user,
            WhoRecord::Unauthenticated => !is_user,
            WhoRecord::Owner => asker.who.contains(&asker.owner),
            WhoRecord::Principal(id) => asker.who.contains(&UserId::from_bytes(id)),
            WhoRecord::ReadDelegates(id) => {
                any(&self.index.principal(UserId::from_bytes(id)).read_delegates)
            }
            WhoRecord::WriteDelegates(id) => {
                any(&self.index.principal(UserId::from_bytes(id)).write_delegates)
            }
        }
    }

    /// Lets the asker go on with a collection, or with a member of it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] with the privilege that is lacking.
    pub(crate) fn require(
        &self,
        ctx: &Ctx,
        action: Action,
        collection: &Collection,
        name: Option<&str>,
    ) -> Result<(), Refusal> {
        self.allow(&self.asker(ctx, collection.owner), action, collection, name)
    }

    /// The same as [`App::require`], for somebody who is known already.
    pub(crate) fn allow(
        &self,
        asker: &Asker,
        action: Action,
        collection: &Collection,
        name: Option<&str>,
    ) -> Result<(), Refusal> {
        // What comes and goes is for the collection to allow (RFC 3744 appendix B).
        let name = name.filter(|_| !matches!(action, Action::Add | Action::Remove));
        let granted = self.found(asker, collection, name);
        let place = || {
            let home = self.index.user(collection.home())?;
            let slug = Some(collection.slug.clone());
            Some((home.name.clone(), slug, name.map(str::to_owned)))
        };
        judge(asker.relation, granted, action, place)
    }

    /// Whether the asker may see a collection and what is in it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if not.
    pub fn may_read(&self, ctx: &Ctx, collection: &Collection) -> Result<(), Refusal> {
        self.require(ctx, Action::Read, collection, None)
    }

    /// Whether the asker may put something new into a collection.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if not.
    pub fn may_add(&self, ctx: &Ctx, collection: &Collection) -> Result<(), Refusal> {
        self.require(ctx, Action::Add, collection, None)
    }

    /// Whether the asker may see the home of `owner` and what is in it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if not.
    pub fn may_read_home(&self, ctx: &Ctx, owner: &User) -> Result<(), Refusal> {
        self.require_home(ctx, Action::Read, owner)
    }

    /// Those who may do everything everywhere.
    pub fn administrators(&self) -> Vec<Arc<User>> {
        let mut users = self.index.users();
        users.retain(|it| self.index.principal(it.id).is_administrator);
        users
    }

    /// Lets the asker go on with the home of `owner`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] with the privilege that is lacking.
    pub(crate) fn require_home(
        &self,
        ctx: &Ctx,
        action: Action,
        owner: &User,
    ) -> Result<(), Refusal> {
        let relation = self.asker(ctx, owner.id).relation;
        let place = || Some((owner.name.clone(), None, None));
        judge(relation, Privileges::NONE, action, place)
    }
}

/// Looks a question up in the rule book, and says where what is lacking.
fn judge(
    relation: Relation,
    granted: Privileges,
    action: Action,
    place: impl FnOnce() -> Option<(String, Option<String>, Option<String>)>,
) -> Result<(), Refusal> {
    match verdict(relation, granted, action) {
        Verdict::Allow => Ok(()),
        Verdict::Hide => Err(Refusal::NotFound),
        Verdict::Forbid => match (needed(action), place()) {
            (Some(privilege), Some((home, collection, object))) => {
                Err(Refusal::Lacks(Lack { home, collection, object, privilege }))
            }
            _ => Err(Refusal::Forbidden),
        },
    }
}
