//! What changed in a calendar since a token (RFC 6578).

use std::sync::Arc;

use model::id::{CollectionId, UserId};
use model::limit::SYNC_MAX;
use model::privilege::Privileges;
use storage::record::PropertiesRecord;
use storage::table::{self, RowKey};

use crate::App;
use crate::context::Ctx;
use crate::index::{Collection, Entry, Members, Place, User};
use crate::job::{floor_in, floor_of};
use crate::policy::Action;
use crate::refusal::Refusal;

/// Before all changes.
const NOWHERE: Place = (0, u16::MAX);

/// What a client was told of.
struct Told {
    /// All changes up to here.
    since: Place,
    /// The last commit when its first sync began, if it still goes on: of what had gone by then
    /// it was never told. Zero otherwise.
    base: u64,
}

/// A change since the token.
#[derive(Clone, Debug)]
pub enum SyncChange {
    /// The object is new or has another text.
    Changed(Arc<Entry>),
    /// The object of that name is gone.
    Removed(String),
}

/// The changes since a token.
#[derive(Clone, Debug)]
pub struct SyncAnswer {
    /// The changes.
    pub changes: Vec<SyncChange>,
    /// The token for the next question.
    pub token: String,
    /// Whether there are more than the client wants at once.
    pub is_truncated: bool,
    /// Whether all members changed, none of which is named one by one.
    pub is_whole: bool,
}

/// The row that is written whenever a calendar of `user` comes, changes or goes.
pub(crate) fn home_mark(user: UserId) -> RowKey<PropertiesRecord> {
    table::properties(user, "mark")
}

/// What that row holds: only its version matters.
pub(crate) const MARK: PropertiesRecord = PropertiesRecord { properties: Vec::new() };

impl App {
    /// The token that stands for the calendar as it is in `members`.
    pub fn sync_token(&self, collection: &Collection, members: &Members) -> String {
        self.token_at(collection, members.seq())
    }

    /// A tag that changes whenever a calendar of `user` or something in it does.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if a row cannot be trusted.
    pub fn home_tag(&self, user: &User) -> Result<String, Refusal> {
        let of_home = self.store.version(&home_mark(user.id))?;
        let calendars = self.index.home(user.id);
        let last = calendars.iter().map(|it| it.members().seq()).max().unwrap_or(0);
        Ok(format!("{:08x}-{}", self.secrets.epoch, last.max(of_home)))
    }

    fn token_at(&self, collection: &Collection, seq: u64) -> String {
        format!("{}{seq}", self.prefix_of(collection.id))
    }

    /// A URI (RFC 6578 §4): store, calendar, then the number of the commit; where an answer ended
    /// early also that of the change within it, and of the commit at which a first sync began.
    pub(crate) fn prefix_of(&self, id: CollectionId) -> String {
        let mark = u128::from_be_bytes(*id.as_bytes()) >> 96;
        format!("data:,{:08x}-{mark:08x}-", self.secrets.epoch)
    }

    /// The changes of `collection` since `token`, or all members without one.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadToken`] if the token is none that was given out for this calendar.
    pub fn sync(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        token: Option<&str>,
        limit: Option<usize>,
    ) -> Result<SyncAnswer, Refusal> {
        self.require(ctx, Action::Read, collection, None)?;
        let members = collection.members();
        let Told { since, base } = match token {
            Some(token) => self.told_by(collection, token)?,
            None => Told { since: NOWHERE, base: members.seq() },
        };
        let limit = limit.unwrap_or(SYNC_MAX);
        let (changes, token_now) = (Vec::new(), self.token_at(collection, members.seq()));
        let is_whole = token.is_none() && members.len() <= limit;
        let mut answer = SyncAnswer { changes, token: token_now, is_truncated: false, is_whole };
        if is_whole {
            return Ok(answer);
        }
        let mut last = since;
        let is_open = self.open_members(ctx, collection, Privileges::READ);
        for (at, change) in members.changes_beyond(since) {
            let told = if change.is_deleted {
                // Also what came and went since: the client may have put it (RFC 6578 §3.5.2).
                (at.0 > base).then(|| SyncChange::Removed(change.name.clone()))
            } else {
                let entry = members.find(&change.name).filter(|it| is_open(&it.name));
                entry.map(|it| SyncChange::Changed(Arc::clone(it)))
            };
            let Some(told) = told else { continue };
            if answer.changes.len() >= limit {
                answer.is_truncated = true;
                break;
            }
            answer.changes.push(told);
            last = at;
        }
        if answer.is_truncated {
            let (seq, index) = last;
            answer.token = format!("{}.{index}.{base}", self.token_at(collection, seq));
        } else {
            answer.token = self.token_at(collection, members.seq().max(since.0));
        }
        Ok(answer)
    }

    /// What a token says of what was told.
    fn told_by(&self, collection: &Collection, token: &str) -> Result<Told, Refusal> {
        let mut parts = token.splitn(3, '.');
        let seq = self.seq_in(&self.prefix_of(collection.id), parts.next().unwrap_or_default())?;
        let told = match (parts.next(), parts.next()) {
            (None, _) => Told { since: (seq, u16::MAX), base: 0 },
            (Some(index), Some(base)) => {
                let index = index.parse().map_err(|_| Refusal::BadToken)?;
                Told { since: (seq, index), base: self.seq_in("", base)? }
            }
            (Some(_), None) => return Err(Refusal::BadToken),
        };
        // Deletions before that are forgotten: who knew of less must start anew.
        let floor = floor_in(self.store.read(&floor_of(collection.id))?);
        if seq.max(told.base) >= floor { Ok(told) } else { Err(Refusal::BadToken) }
    }

    /// The number in a token that begins with `prefix`.
    pub(crate) fn seq_in(&self, prefix: &str, token: &str) -> Result<u64, Refusal> {
        let seq = token.strip_prefix(prefix).ok_or(Refusal::BadToken)?;
        let is_number = !seq.is_empty() && seq.bytes().all(|it| it.is_ascii_digit());
        let seq: u64 = seq.parse().ok().filter(|_| is_number).ok_or(Refusal::BadToken)?;
        if seq <= self.store.last_seq() { Ok(seq) } else { Err(Refusal::BadToken) }
    }
}
