//! What must hold whatever happened: checked by `bookdav check` and after every crash test.

use std::collections::BTreeSet;

use ical::Document;
use model::interval::{DAY_S, Interval};
use model::limit::WINDOW_MAX_DAYS;
use storage::record::{BusyKind, BusySpanRecord, InviteRecord, InviteStatus};
use storage::table;

use crate::App;
use crate::commit::busy_of;
use crate::context::Ctx;
use crate::index::counts_at;
use crate::planned::{Gaps, source_of, spans_of};
use crate::refusal::Refusal;

impl App {
    /// Reads everything and tells what is wrong; nothing if all is well.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] with the first row that cannot be trusted.
    pub fn check(&self) -> Result<(u64, Vec<String>), Refusal> {
        let rows = self.store.verify()?;
        let mut wrong = Vec::new();
        self.check_texts(&mut wrong)?;
        self.check_overlaps(&mut wrong);
        self.check_busy(&mut wrong)?;
        self.check_bookings(&mut wrong)?;
        self.check_shares(&mut wrong);
        Ok((rows, wrong))
    }

    /// Every object has the text that its entry describes.
    fn check_texts(&self, wrong: &mut Vec<String>) -> Result<(), Refusal> {
        for user in self.index.users() {
            for collection in self.index.collections(user.id) {
                for entry in collection.members().iter() {
                    let place = format!("{}/{}/{}", user.name, collection.slug, entry.name);
                    match self.store.read(&table::body(collection.id, &entry.name))? {
                        None => wrong.push(format!("{place} has no text")),
                        Some(body) => {
                            let etag = crate::secret::short_hash(&[&body.0]);
                            if crate::index::quoted(etag) != entry.etag {
                                wrong.push(format!(
                                    "{place} has another text than its entity tag says"
                                ));
                            }
                            let is_text = collection.is_calendar();
                            if is_text && Document::parse(&body.0).is_err() {
                                wrong.push(format!("{place} cannot be read"));
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// No two bookings or holds of a host overlap, buffers included (I3).
    fn check_overlaps(&self, wrong: &mut Vec<String>) {
        let now = self.clock.now();
        for user in self.index.users() {
            let days = self.index.busy_days(user.id);
            let all = days.iter().flat_map(|it| it.1.iter()).filter(|it| counts_at(it, now));
            let mut spans: Vec<BusySpanRecord> = all
                .filter(|it| matches!(it.kind, BusyKind::Booked | BusyKind::Held))
                .cloned()
                .collect();
            spans.sort_by_key(|it| (it.start, it.end, it.source));
            spans.dedup();
            for (at, span) in spans.iter().enumerate() {
                let Some(busy) = busy_of(span, None) else { continue };
                // Nothing further away than the longest buffer can be too close.
                let near = spans[at + 1..].iter().take_while(|it| it.start < span.end + DAY_S);
                for other in near.filter(|it| it.source != span.source) {
                    let is_close = busy_of(other, None)
                        .is_some_and(|it| busy.blocks(it.span, it.before_s, it.after_s));
                    if is_close {
                        let (one, other) = (span.start, other.start);
                        wrong.push(format!(
                            "{}: bookings at {one} and {other} are too close",
                            user.name
                        ));
                    }
                }
            }
        }
    }

    /// What the busy days say is what the texts say, for the time that both must know.
    fn check_busy(&self, wrong: &mut Vec<String>) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        let near = Interval::from(ctx.now, u32::from(WINDOW_MAX_DAYS) * 86_400);
        for user in self.index.users() {
            for _ in self.stray_sources(user.id) {
                wrong.push(format!("{}: time is taken by what is gone", user.name));
            }
            let written = self.index.busy(user.id, near);
            for collection in self.index.collections(user.id) {
                for entry in collection.members().iter() {
                    let Some(text) = self.old_text(&ctx, &collection, &entry.name)? else {
                        continue;
                    };
                    let source = source_of(&collection, &entry.name);
                    let times = |it: &[BusySpanRecord]| -> BTreeSet<(i64, i64)> {
                        let near =
                            it.iter().filter(|it| it.start < near.end() && near.start() < it.end);
                        near.filter(|it| it.source == source).map(|it| (it.start, it.end)).collect()
                    };
                    let told = spans_of(&text, &collection, source, Gaps::default());
                    if times(&told) != times(&written) {
                        let place = format!("{}/{}/{}", user.name, collection.slug, entry.name);
                        wrong.push(format!("{place} takes other time than its text says"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whatever shows somebody else's calendar does so by an invitation that was accepted.
    fn check_shares(&self, wrong: &mut Vec<String>) {
        for user in self.index.users() {
            for shown in self.index.home(user.id).iter().filter(|it| it.shown_in.is_some()) {
                let source = self.source_of(shown);
                let sharee = Some(*user.id.as_bytes());
                let is_shared = source.is_some_and(|it| {
                    let is_theirs = |it: &&InviteRecord| it.sharee == sharee;
                    it.invites
                        .iter()
                        .filter(is_theirs)
                        .any(|it| it.status == InviteStatus::Accepted)
                });
                if !is_shared {
                    wrong.push(format!("{}/{} shows what is not shared", user.name, shown.slug));
                }
            }
        }
    }

    /// Every booking that stands has its event in the host's calendar.
    fn check_bookings(&self, wrong: &mut Vec<String>) -> Result<(), Refusal> {
        let mut standing = Vec::new();
        self.store.scan(&table::bookings(), |rest, _, record| {
            if let (Some((id, _)), false) = (table::split_id(rest), record.is_cancelled) {
                standing.push((model::id::BookingId::from_bytes(id), record));
            }
        })?;
        for (id, record) in standing {
            let collection = model::id::CollectionId::from_bytes(record.collection);
            let object = self.store.read(&table::object(collection, &record.object))?;
            if object.is_none_or(|it| it.is_deleted) {
                wrong.push(format!("booking {id} has no event"));
            }
        }
        Ok(())
    }
}
