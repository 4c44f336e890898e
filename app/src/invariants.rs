//! What must hold whatever happened: checked by `bookdav check` and after every crash test.

use ical::Document;
use storage::table;

use crate::App;
use crate::commit::busy_of;
use crate::index::counts_at;
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
        self.check_bookings(&mut wrong)?;
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
                            if Document::parse(&body.0).is_err() {
                                wrong.push(format!("{place} cannot be read"));
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// No two bookings of a host overlap, buffers included (I3).
    fn check_overlaps(&self, wrong: &mut Vec<String>) {
        let now = self.clock.now();
        for user in self.index.users() {
            let mut spans: Vec<_> = self
                .index
                .busy_days(user.id)
                .iter()
                .flat_map(|it| it.1.iter().cloned().collect::<Vec<_>>())
                .filter(|it| it.event_type.is_some() && counts_at(it, now))
                .collect();
            spans.sort_by_key(|it| (it.start, it.end, it.source));
            spans.dedup();
            for pair in spans.windows(2) {
                let busy = busy_of(&pair[0], None);
                let asked = busy_of(&pair[1], None);
                if let (Some(busy), Some(asked)) = (busy, asked)
                    && busy.blocks(asked.span, asked.before_s, asked.after_s)
                {
                    wrong.push(format!(
                        "{}: bookings at {} and {} are too close",
                        user.name, pair[0].start, pair[1].start
                    ));
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
