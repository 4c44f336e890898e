//! Storing a calendar object.

use ical::{Document, Invalid, Precondition, check_extent};
use model::limit::{HORIZON_DAYS, OBJECT_INSTANCES_MAX, OBJECT_MAX_BYTES, SEGMENT_MAX_BYTES};
use storage::record::BookingRecord;
use storage::{Change, WriteError, table};

use crate::App;
use crate::calendar::{Condition, PropertyChange};
use crate::commit::{BusyPlan, ObjectPlan, change_object};
use crate::context::Ctx;
use crate::index::{Collection, quoted};
use crate::planned::{Gaps, Text, all_days, horizon, source_of, spans_of};
use crate::policy::Action;
use crate::refusal::Refusal;

/// Plans made for one change before the server counts as too busy.
const PLANS_MAX: usize = 100;

/// What a put did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Put {
    /// The entity tag of what is stored now, quotes included.
    pub etag: String,
    /// Whether there was no object of that name.
    pub is_new: bool,
    /// Whether what is stored is not what was sent.
    pub is_changed: bool,
}

impl App {
    /// Stores `bytes` as the object `name` of `collection`, byte for byte.
    ///
    /// In a calendar of bookings its time must be free, buffers included; elsewhere a
    /// host may overlap anything (R17).
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if it is no calendar object, [`Refusal::PreconditionFailed`]
    /// if `condition` does not hold, [`Refusal::Unavailable`] if a booking's time is taken.
    pub async fn put(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        bytes: &[u8],
        condition: &Condition,
    ) -> Result<Put, Refusal> {
        self.put_with(ctx, collection, name, (bytes, &[]), condition).await
    }

    /// Stores an object as [`App::put`] does and changes its properties: both, or neither.
    ///
    /// # Errors
    ///
    /// Those of [`App::put`] and of [`App::change_member_properties`].
    pub async fn put_with(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        (bytes, properties): (&[u8], &[PropertyChange]),
        condition: &Condition,
    ) -> Result<Put, Refusal> {
        let held = self.source_of(collection);
        let collection = held.as_deref().unwrap_or(collection);
        let is_there = collection.members().find(name).is_some();
        self.require_put(ctx, collection, name, (is_there, properties))?;
        let mut text = self.text_to_put(ctx, collection, name, bytes)?;
        let restored = self.follow_attachments(ctx, collection, name, bytes).await?;
        if let Some(restored) = &restored {
            text = self.text_to_put(ctx, collection, name, restored)?;
        }
        let put = self.put_text(ctx, collection, name, (&text, properties), condition).await?;
        Ok(Put { is_changed: restored.is_some(), ..put })
    }

    /// Stores `bytes` of any kind as the member `name` of a folder.
    ///
    /// # Errors
    ///
    /// [`Refusal::PreconditionFailed`] if `condition` does not hold.
    pub async fn put_file(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        (bytes, media_type): (&[u8], &str),
        condition: &Condition,
    ) -> Result<Put, Refusal> {
        let is_there = collection.members().find(name).is_some();
        self.require_put(ctx, collection, name, (is_there, &[]))?;
        let text = Text::of_file(bytes, media_type);
        check_size(name, bytes)?;
        self.put_text(ctx, collection, name, (&text, &[]), condition).await
    }

    /// Refuses who may not put something in place of what is there, or where there is nothing.
    fn require_put(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        (is_there, properties): (bool, &[PropertyChange]),
    ) -> Result<(), Refusal> {
        let action = if is_there { Action::Change } else { Action::Add };
        self.require(ctx, action, collection, Some(name))?;
        if is_there && !properties.is_empty() {
            self.require(ctx, Action::ChangeProperties, collection, Some(name))?;
        }
        Ok(())
    }

    /// Reads what is to be stored, and refuses what the collection does not take.
    pub(crate) fn text_to_put(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        bytes: &[u8],
    ) -> Result<Text, Refusal> {
        if !collection.is_calendar() {
            return Err(Refusal::Forbidden);
        }
        check_size(name, bytes)?;
        let document = Document::parse(bytes)?;
        if let Some(name) = ical::unsupported_rscale(&document) {
            return Err(Refusal::UnsupportedRscale(name));
        }
        let owner = self.owner_of(collection)?;
        let text = self.read_text(&owner, collection, bytes, ctx.now)?;
        check_extent(&document, &text.span)?;
        if text.is_cut {
            return Err(Refusal::Invalid(Invalid {
                precondition: Precondition::MaxInstances,
                why: format!(
                    "more than {OBJECT_INSTANCES_MAX} instances within {HORIZON_DAYS} days"
                ),
            }));
        }
        if collection.is_for_bookings() && text.span.last > horizon(ctx.now).end() {
            // Nobody could say yet what else will be there.
            return Err(Refusal::Unavailable(vec![slots::Reason::AfterWindow], Vec::new()));
        }
        if !collection.components.contains(&text.summary.component) {
            return Err(Refusal::UnsupportedComponent(text.summary.component));
        }
        Ok(text)
    }

    async fn put_text(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        (text, properties): (&Text, &[PropertyChange]),
        condition: &Condition,
    ) -> Result<Put, Refusal> {
        self.check_quota(collection.owner, text.bytes.len())?;
        let change = ctx.change("put object", &format!("{}/{name}", collection.id));
        let is_new = self
            .change_planned(ctx, collection, name, (Some((text, properties)), condition), &change)
            .await?;
        Ok(Put { etag: quoted(text.etag), is_new, is_changed: false })
    }

    /// Plans a change and carries it out, again and again while others are quicker.
    pub(crate) async fn change_planned(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        (new, condition): (Option<(&Text, &[PropertyChange])>, &Condition),
        change: &Change,
    ) -> Result<bool, Refusal> {
        let (text, properties) = new.unzip();
        let properties = properties.unwrap_or_default();
        for _ in 0..PLANS_MAX {
            let plan = self.plan(ctx, collection, name, text, condition)?;
            if text.is_some() {
                // By now there may be something to be replaced, or nothing any more.
                self.require_put(ctx, collection, name, (plan.base.is_some(), properties))?;
            }
            let plan = ObjectPlan { properties, ..plan };
            match self.store.write(change, |tx| change_object(tx, &plan)).await {
                Err(WriteError::Refused(Refusal::Busy)) => {}
                done => return Ok(done?),
            }
        }
        Err(Refusal::Busy)
    }

    /// Works out what a change of an object does, from the text that stands there now.
    pub(crate) fn plan<'a>(
        &self,
        ctx: &Ctx,
        collection: &'a Collection,
        name: &'a str,
        text: Option<&'a Text>,
        condition: &'a Condition,
    ) -> Result<ObjectPlan<'a>, Refusal> {
        let old = self.old_text(ctx, collection, name)?;
        let booking =
            old.as_ref().and_then(|it| it.booking).filter(|_| collection.is_for_bookings());
        // An event that gets another name keeps the gaps of its booking.
        let told = text.and_then(|it| it.booking).filter(|_| collection.is_for_bookings());
        let record = booking.or(told).map(|it| self.store.read(&table::booking(it)));
        let is_its =
            |it: &BookingRecord| booking.is_some() || it.collection == *collection.id.as_bytes();
        let record = record.transpose()?.flatten().filter(is_its);
        let gaps = record.as_ref().map(Gaps::from).unwrap_or_default();
        let source = source_of(collection, name);
        let mut busy = BusyPlan {
            source,
            spans: text.map(|it| spans_of(it, collection, source, gaps)).unwrap_or_default(),
            // Where they stand, not where today's zone and horizon would have put them.
            old_days: self.index.days_with(collection.owner, source),
            is_exclusive: collection.is_for_bookings(),
        };
        let old_spans = old.as_ref().map(|it| spans_of(it, collection, source, gaps));
        if old_spans.is_some_and(|it| it == busy.spans && all_days(&it) == busy.old_days) {
            // Nothing moves: the rows that say so are not even read.
            busy = BusyPlan { source, ..BusyPlan::default() };
        }
        let base = old.map(|it| it.etag);
        let now = ctx.now;
        let properties = &[];
        Ok(ObjectPlan { collection, name, base, condition, text, properties, busy, booking, now })
    }

    /// The text that stands at `name` now.
    pub(crate) fn old_text(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
    ) -> Result<Option<Text>, Refusal> {
        let Some(body) = self.store.read(&table::body(collection.id, name))? else {
            return Ok(None);
        };
        if !collection.is_calendar() {
            return Ok(Some(Text::of_file(&body.0, "")));
        }
        let owner = self.owner_of(collection)?;
        Ok(Some(self.read_text(&owner, collection, &body.0, ctx.now)?))
    }
}

fn check_size(name: &str, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.len() > OBJECT_MAX_BYTES {
        return Err(Refusal::TooLong);
    }
    if name.is_empty() || name.len() > SEGMENT_MAX_BYTES {
        return Err(Refusal::BadRequest("the name is too long".into()));
    }
    Ok(())
}
