//! A home as a whole: what it holds, how much, and what changed in it since a token (RFC 6578).

use std::collections::BTreeMap;
use std::sync::Arc;

use model::id::{CollectionId, UserId};
use model::limit::SYNC_MAX;
use model::privilege::Privileges;
use storage::Tx;
use storage::record::{ChangeRecord, CollectionKind};
use storage::table::{self, Rows};

use crate::App;
use crate::calendar::sync::{MARK, home_mark};
use crate::context::Ctx;
use crate::index::{Collection, Entry, User};
use crate::job::{floor_in, floor_of};
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// A change in a home.
#[derive(Clone, Debug)]
pub enum HomeChange {
    /// The collection is new, has other properties, or something in it changed.
    Collection(Arc<Collection>),
    /// The collection of that name is gone.
    RemovedCollection(String),
    /// The member is new or has another text.
    Member(Arc<Collection>, Arc<Entry>),
    /// The member of that name is gone.
    RemovedMember(Arc<Collection>, String),
}

/// The changes in a home since a token.
#[derive(Clone, Debug)]
pub struct HomeSync {
    /// The changes, oldest first.
    pub changes: Vec<HomeChange>,
    /// The token for the next question.
    pub token: String,
    /// Whether there are more than the client wants at once.
    pub is_truncated: bool,
}

/// How a collection came to its name since some commit.
#[derive(Clone, Copy, Default)]
struct Coming {
    /// Whether there was one of that name when the client was told last.
    was_there: bool,
    /// Whether the client may have been told of that one.
    is_another: bool,
    /// When this one came, if it was after that.
    at: Option<u64>,
}

/// The identity under which the changes of a home are kept.
fn home_id(user: UserId) -> CollectionId {
    CollectionId::from_bytes(*user.as_bytes())
}

/// The log of collections that came, changed and went in a home.
fn home_log(user: UserId) -> Rows<ChangeRecord> {
    table::changes(home_id(user))
}

/// Notes in a transaction that a collection of a home came or changed.
pub(crate) fn note_changed(tx: &mut Tx<'_>, home: UserId, slug: &str) {
    note(tx, home, slug, false);
}

/// Notes in a transaction that a collection of a home went.
pub(crate) fn note_removed(tx: &mut Tx<'_>, home: UserId, slug: &str) {
    note(tx, home, slug, true);
}

fn note(tx: &mut Tx<'_>, home: UserId, slug: &str, is_deleted: bool) {
    let change = ChangeRecord { name: slug.to_owned(), is_deleted, created_seq: 1 };
    tx.append(&home_log(home), &change);
    tx.put(&home_mark(home), &MARK);
}

impl App {
    /// The name of a user's special collection of that kind.
    pub fn special(&self, user: &User, kind: CollectionKind) -> Option<String> {
        let mut home = self.index.collections(user.id).into_iter();
        home.find(|it| it.kind == kind).map(|it| it.slug.clone())
    }

    /// The name of the calendar in which invitations are to be put: the oldest for events.
    pub fn default_calendar(&self, user: &User) -> Option<String> {
        let home = self.index.collections(user.id);
        let takes_events = |it: &Arc<Collection>| {
            it.kind == CollectionKind::Calendar && it.components.iter().any(|it| it == "VEVENT")
        };
        home.into_iter().find(takes_events).map(|it| it.slug.clone())
    }

    /// Bytes of all that is in a user's home.
    pub fn used_bytes(&self, user: &User) -> u64 {
        let texts: u64 =
            self.index.collections(user.id).iter().map(|it| it.members().bytes()).sum();
        texts + self.attachment_bytes(user.id)
    }

    /// The identity of a member, as long as it keeps its place.
    pub fn member_id(&self, collection: Option<&Collection>, entry: &Entry) -> u128 {
        let of = collection.map(|it| *it.id.as_bytes()).unwrap_or_default();
        u128::from_be_bytes(short_hash(&[&of, entry.name.as_bytes()]))
    }

    /// The token that stands for a home as it is now.
    pub fn home_token(&self, user: &User) -> String {
        self.token_of_home(user, self.home_seq(user))
    }

    fn token_of_home(&self, user: &User, seq: u64) -> String {
        format!("{}{seq}", self.prefix_of(home_id(user.id)))
    }

    /// The number of the last commit that changed anything in a home.
    fn home_seq(&self, user: &User) -> u64 {
        let own = self.index.members(home_id(user.id)).seq();
        let inner = self.index.home(user.id);
        inner.iter().map(|it| it.members().seq()).max().unwrap_or(0).max(own)
    }

    /// What changed in a home since `token`; with what is in its collections if `is_deep`.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadToken`] if the token is none that was given out for this home.
    pub fn sync_home(
        &self,
        ctx: &Ctx,
        user: &User,
        token: Option<&str>,
        limit: Option<usize>,
        is_deep: bool,
    ) -> Result<HomeSync, Refusal> {
        self.require_home(ctx, Action::Read, user)?;
        // What is read first cannot know of less than the token says.
        let now = self.home_seq(user);
        let (since, base) = match token {
            Some(token) => self.commits_in(user, token)?,
            None => (0, now),
        };
        let mut found: Vec<(u64, HomeChange)> = Vec::new();
        let mut own: BTreeMap<String, (u64, bool)> = BTreeMap::new();
        for (at, change) in self.index.members(home_id(user.id)).changes_after(since) {
            own.insert(change.name.clone(), (at, change.is_deleted));
        }
        let comings = if is_deep && token.is_some() {
            self.comings(user, since, base)
        } else {
            BTreeMap::new()
        };
        for collection in self.index.home(user.id) {
            let coming = comings.get(&collection.slug).copied().unwrap_or_default();
            let noted = own.remove(&collection.slug).map(|it| it.0);
            let members = collection.members();
            let content = Some(members.seq()).filter(|it| *it > since);
            let at = match token {
                Some(_) => noted.max(content),
                None => Some(noted.unwrap_or(0).max(members.seq())),
            };
            let Some(at) = at else { continue };
            if self.may_read(ctx, &collection).is_err() {
                // It shows somebody else's, who lets the asker see nothing of it any more.
                continue;
            }
            // What is in the home itself has no collection to be told of.
            let is_home = collection.slug.is_empty();
            if !is_deep && collection.slug.contains('/') {
                // It is in a folder, not in the home (RFC 6578 §3.3).
                continue;
            }
            if !is_home {
                found.push((at, HomeChange::Collection(Arc::clone(&collection))));
            }
            if !is_deep && !is_home {
                continue;
            }
            let since = token.is_some().then_some((since, base));
            self.add_members(ctx, &collection, (since, coming), &mut found)?;
        }
        for (slug, (at, is_deleted)) in own {
            let is_told = is_deep || !slug.contains('/');
            if is_deleted && is_told && at > base {
                found.push((at, HomeChange::RemovedCollection(slug)));
            }
        }
        found.sort_by_key(|it| it.0);
        Ok(self.cut(user, found, limit.unwrap_or(SYNC_MAX), (since, now, base)))
    }

    /// Adds what changed in a collection of a home since a commit, or all that is in it.
    fn add_members(
        &self,
        ctx: &Ctx,
        collection: &Arc<Collection>,
        (since, coming): (Option<(u64, u64)>, Coming),
        found: &mut Vec<(u64, HomeChange)>,
    ) -> Result<(), Refusal> {
        let floor = floor_in(self.store.read(&floor_of(collection.id))?);
        let is_forgotten = since.is_some_and(|it| it.0.max(it.1) < floor) && coming.at.is_none();
        if is_forgotten || coming.is_another {
            // Nobody knows any more what went, or was in the one of that name before.
            return Err(Refusal::BadToken);
        }
        let is_open = self.open_members(ctx, collection, Privileges::READ);
        let members = collection.members();
        // What came to its name with all that is in it is new there, however old it is.
        let first = since.filter(|_| coming.at.is_none()).map_or(0, |it| it.0);
        for (own_at, change) in members.changes_after(first) {
            let at = own_at.max(coming.at.unwrap_or(0));
            if let Some(entry) = members.find(&change.name) {
                let it = HomeChange::Member(Arc::clone(collection), Arc::clone(entry));
                found.extend(is_open(&entry.name).then_some((at, it)));
            } else if since.is_some_and(|it| own_at > it.0.max(it.1)) {
                let name = change.name.clone();
                let it = HomeChange::RemovedMember(Arc::clone(collection), name);
                found.push((at, it));
            }
        }
        Ok(())
    }

    /// Up to which commit a token tells of changes, and the last when a first sync began that
    /// still goes on (of what had gone by then the client was never told); zero otherwise.
    fn commits_in(&self, user: &User, token: &str) -> Result<(u64, u64), Refusal> {
        let prefix = self.prefix_of(home_id(user.id));
        let Some((token, base)) = token.split_once('.') else {
            let seq = self.seq_in(&prefix, token)?;
            return Ok((seq, 0));
        };
        Ok((self.seq_in(&prefix, token)?, self.seq_in("", base)?))
    }

    /// How the collections of a home came to their names since that commit, and whether there
    /// was another when the client was told last.
    fn comings(&self, user: &User, since: u64, base: u64) -> BTreeMap<String, Coming> {
        let told = since.max(base);
        let mut found: BTreeMap<String, (Coming, bool)> = BTreeMap::new();
        for (at, change) in self.index.members(home_id(user.id)).changes_after(0) {
            let (coming, is_there) = found.entry(change.name.clone()).or_default();
            let comes = !change.is_deleted && !*is_there;
            if at > told && comes {
                coming.is_another = coming.was_there;
            } else if at <= told {
                coming.was_there = !change.is_deleted;
            }
            if at > since {
                coming.at = if comes { Some(at) } else { coming.at.filter(|_| !change.is_deleted) };
            }
            *is_there = !change.is_deleted;
        }
        found.into_iter().map(|(slug, (coming, _))| (slug, coming)).collect()
    }

    /// The first changes that a client wants at once; those of one commit stay together.
    fn cut(
        &self,
        user: &User,
        found: Vec<(u64, HomeChange)>,
        limit: usize,
        (since, now, base): (u64, u64, u64),
    ) -> HomeSync {
        let mut seq = since;
        let mut changes = Vec::new();
        let mut is_truncated = false;
        for (at, change) in found {
            if changes.len() >= limit && at > seq {
                is_truncated = true;
                break;
            }
            seq = at;
            changes.push(change);
        }
        let token = match is_truncated {
            true => format!("{}.{base}", self.token_of_home(user, seq)),
            false => self.token_of_home(user, now.max(since)),
        };
        HomeSync { changes, token, is_truncated }
    }
}
