//! Publishing a calendar: a link by which anybody can read it, until it is taken back.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ical::{Document, Publicity, public};
use model::interval::{DAY_S, Instant, Interval};
use model::limit::{PUBLIC_BUSY_DAYS, PUBLIC_MAX_BYTES};
use model::privilege::Privileges;
use storage::record::PublicLinkRecord;
use storage::{WriteError, table};

use crate::App;
use crate::context::Ctx;
use crate::index::{Collection, LinkSecret};
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// Seconds for which published busy time stays the same: what is told of one hour.
const BUSY_STEP_S: i64 = 3_600;

/// A calendar that somebody asks for by its link.
#[derive(Clone)]
pub struct Published {
    collection: Arc<Collection>,
    /// The entity tag of its text, with quotes.
    pub etag: String,
    /// The entity tag of its busy time, with quotes.
    pub busy_etag: String,
    from: Instant,
}

impl App {
    /// Lets anybody read a calendar who has its link; the secret part of the link.
    ///
    /// A calendar that is published already keeps its link.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not say who may read it, [`Refusal::Forbidden`] for
    /// what is no calendar of its own.
    pub async fn publish(&self, ctx: &Ctx, collection: &Collection) -> Result<String, Refusal> {
        self.require(ctx, Action::WriteAcl, collection, None)?;
        if collection.shown_in.is_some() || !collection.is_calendar() {
            return Err(Refusal::Forbidden);
        }
        let calendar = collection.key();
        let key = table::public_link(collection.owner, collection.id);
        let fresh = PublicLinkRecord { secret: rand::random(), made_at: ctx.now };
        let change = ctx.change("publish calendar", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            tx.read(&calendar)?.ok_or(Refusal::NotFound)?;
            if let Some(known) = tx.read(&key)? {
                return Ok(known.secret);
            }
            tx.put(&key, &fresh);
            Ok::<_, WriteError<Refusal>>(fresh.secret)
        });
        Ok(URL_SAFE_NO_PAD.encode(written.await?))
    }

    /// Takes the link to a calendar back: it leads nowhere from now on, and never again.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not say who may read it.
    pub async fn unpublish(&self, ctx: &Ctx, collection: &Collection) -> Result<(), Refusal> {
        self.require(ctx, Action::WriteAcl, collection, None)?;
        if collection.shown_in.is_some() {
            return Err(Refusal::Forbidden);
        }
        let key = table::public_link(collection.owner, collection.id);
        let change = ctx.change("unpublish calendar", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            if tx.read(&key)?.is_some() {
                tx.remove(&key);
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// Whether the asker may publish that calendar.
    pub fn may_publish(&self, ctx: &Ctx, collection: &Collection) -> bool {
        collection.shown_in.is_none()
            && collection.is_calendar()
            && self.privileges(ctx, collection, None).contain(Privileges::WRITE_ACL)
    }

    /// The secret part of the link to a calendar, if it has one that the asker may know.
    pub fn public_secret(&self, ctx: &Ctx, collection: &Collection) -> Option<String> {
        let secret = self.index.link_to(collection.owner, collection.id)?;
        self.may_publish(ctx, collection).then(|| URL_SAFE_NO_PAD.encode(secret))
    }

    /// The calendar that a link leads to. Whoever has the link has the permission.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it leads nowhere, or does not any more.
    pub fn published(&self, ctx: &Ctx, secret: &str) -> Result<Published, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(secret).map_err(|_| Refusal::NotFound)?;
        let secret: LinkSecret = bytes.try_into().map_err(|_| Refusal::NotFound)?;
        let (owner, id) = self.index.linked(&secret).ok_or(Refusal::NotFound)?;
        let collection = self.index.collection_of(owner, id).ok_or(Refusal::NotFound)?;
        let members = collection.members();
        let token = self.sync_token(&collection, &members);
        // What is told changes with the lists, of which the token knows nothing.
        let mut open = self.privileges_by_link(&collection, None).bits().to_be_bytes().to_vec();
        for name in members.names_with_acls() {
            open.extend(self.privileges_by_link(&collection, Some(name)).bits().to_be_bytes());
            open.extend_from_slice(name.as_bytes());
            open.push(0);
        }
        let from = ctx.now.div_euclid(BUSY_STEP_S) * BUSY_STEP_S;
        let tag = |parts: &[&[u8]]| crate::index::quoted(short_hash(parts));
        let zone = self.floating(&*self.owner_of(&collection)?, &collection);
        Ok(Published {
            etag: tag(&[b"text", token.as_bytes(), &open]),
            busy_etag: tag(&[
                b"busy",
                token.as_bytes(),
                zone.name().as_bytes(),
                &open,
                &from.to_be_bytes(),
            ]),
            collection,
            from,
        })
    }

    /// The text of a published calendar.
    ///
    /// Private events are told as busy time, other private things not at all, people and alarms
    /// neither. Of a calendar of bookings only the times are told: visitors are no public matter.
    /// What a list denies to everybody is left out.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if it is too large to be given to everybody.
    pub fn published_text(&self, published: &Published) -> Result<Vec<u8>, Refusal> {
        let collection = &published.collection;
        let members = collection.members();
        if members.bytes() > PUBLIC_MAX_BYTES {
            return Err(Refusal::TooMuch("bytes in a published calendar"));
        }
        let publicity = match collection.is_for_bookings() {
            true => Publicity::TimesOnly,
            false => Publicity::ByClass,
        };
        let of_all = self.privileges_by_link(collection, None);
        let is_open = |name: &str| {
            let has_own = members.extra(name).is_some_and(|it| !it.acl.is_empty());
            let own = has_own.then(|| self.privileges_by_link(collection, Some(name)));
            own.unwrap_or(of_all).contain(Privileges::READ)
        };
        let mut texts = Vec::with_capacity(members.len());
        for entry in members.iter().filter(|it| is_open(&it.name)) {
            let Some(body) = self.store.read(&table::body(collection.id, &entry.name))? else {
                continue;
            };
            texts.extend(Document::parse(&body.0).ok().and_then(|it| public(&it, publicity)));
        }
        Ok(ical::stream(&texts))
    }

    /// The busy time of a published calendar from this hour on, without that of objects of which
    /// a list denies to everybody to know even when they are.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if there are more instances than one request may expand to.
    pub fn published_busy(&self, published: &Published) -> Result<Vec<u8>, Refusal> {
        let end = published.from + PUBLIC_BUSY_DAYS * DAY_S;
        let window = Interval::new(published.from, end)
            .map_err(|_| Refusal::Broken("the clock is out of range".into()))?;
        self.published_busy_time(&published.collection, window, published.from)
    }
}
