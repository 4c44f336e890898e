//! What can be booked: by day, by time, and why the rest cannot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use model::interval::{DAY_S, Instant, Interval};
use model::zone::Zone;
use slots::{Busy, Day, Question, Reason};
use storage::record::Id;

use crate::App;
use crate::commit::busy_of;
use crate::context::Ctx;
use crate::host::OfferedType;
use crate::index::{User, counts_at};
use crate::refusal::Refusal;

/// The days of a month, in the visitor's zone.
#[derive(Clone, Debug)]
pub struct MonthAnswer {
    /// The host.
    pub host: Arc<User>,
    /// What is to be booked.
    pub offered: OfferedType,
    /// The zone of the host's hours.
    pub host_zone: Zone,
    /// Each date with its times, or the reason why it has none.
    pub days: Vec<Day>,
    /// The first time that can be booked from the first of these days on.
    pub next: Option<Instant>,
}

/// Everything that a question to the slot engine borrows.
pub(crate) struct Asking {
    pub(crate) offered: OfferedType,
    pub(crate) zone: Zone,
    pub(crate) duration_s: u32,
    pub(crate) busy: Vec<Busy>,
    pub(crate) now: Instant,
}

impl Asking {
    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            schedule: &self.offered.schedule,
            zone: &self.zone,
            event_type: &self.offered.event_type,
            duration_s: self.duration_s,
            busy: &self.busy,
            now: self.now,
        }
    }
}

impl App {
    /// The dates from `first` to `last` of the visitor's `zone`, with what can be booked on them.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such host or event type,
    /// [`Refusal::BadRequest`] if it has no such duration.
    pub fn offer(
        &self,
        ctx: &Ctx,
        host: &str,
        slug: &str,
        duration_min: u16,
        zone: &Zone,
        (first, last): (Date, Date),
    ) -> Result<MonthAnswer, Refusal> {
        let (host, offered) = self.offered_type(ctx, host, slug)?;
        let midnight = |date: Date| zone.instant(date.to_datetime(Time::midnight()));
        let range = Interval::new(midnight(first), midnight(last.saturating_add(1.day())))
            .map_err(|_| Refusal::BadRequest("the last date is before the first".into()))?;
        if range.length_s() > 100 * DAY_S {
            return Err(Refusal::BadRequest("at most 100 days can be asked for at once".into()));
        }
        let asking = self.asking(ctx, &host, offered, duration_min, range, None)?;
        let mut by_date: BTreeMap<Date, Vec<Instant>> = BTreeMap::new();
        for start in slots::starts(&asking.question(), range) {
            by_date.entry(zone.local(start).date()).or_default().push(start);
        }
        let reasons = reasons(&asking, first, last);
        let mut days = Vec::new();
        let mut date = first;
        while date <= last {
            let starts = by_date.remove(&date).unwrap_or_default();
            let known = reasons.get(&date).copied().unwrap_or(Reason::NoServiceHours);
            let reason = starts.is_empty().then_some(known);
            days.push(Day { date, starts, reason });
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let shown = days.iter().find_map(|it| it.starts.first().copied());
        let next = shown.or_else(|| {
            self.next_starts(ctx, &asking, &host, range.start(), 1, None).first().copied()
        });
        Ok(MonthAnswer { host, host_zone: asking.zone, offered: asking.offered, days, next })
    }

    /// The first `n` starts from `from` on.
    pub(crate) fn next_starts(
        &self,
        ctx: &Ctx,
        asking: &Asking,
        host: &User,
        from: Instant,
        n: usize,
        except: Option<Id>,
    ) -> Vec<Instant> {
        // The booking windows end before the horizon, so all busy time that matters is known.
        let range = crate::planned::horizon(ctx.now);
        let all = Asking {
            busy: self.busy_for(ctx, host, &asking.offered, range, except),
            offered: asking.offered.clone(),
            zone: asking.zone.clone(),
            duration_s: asking.duration_s,
            now: asking.now,
        };
        let mut next = slots::next(&all.question(), from, n);
        // Where there are fewer, the nearest before will do (R12).
        if let (true, Ok(before)) = (next.len() < n, Interval::new(ctx.now, from)) {
            let earlier = slots::starts(&all.question(), before);
            next.extend(earlier.iter().rev().take(n - next.len()));
            next.sort_unstable();
        }
        next
    }

    /// A question about `range`, without the time that `except` takes.
    pub(crate) fn asking(
        &self,
        ctx: &Ctx,
        host: &User,
        offered: OfferedType,
        duration_min: u16,
        range: Interval,
        except: Option<Id>,
    ) -> Result<Asking, Refusal> {
        if !(1..=1_440).contains(&duration_min) {
            return Err(Refusal::BadRequest("a meeting lasts up to a day".into()));
        }
        let wide = range.widened(3 * 86_400, 3 * 86_400);
        let busy = self.busy_for(ctx, host, &offered, wide, except);
        let zone = self.zones.zone(&offered.schedule.zone).unwrap_or_else(Zone::utc);
        let duration_s = u32::from(duration_min) * 60;
        Ok(Asking { offered, zone, duration_s, busy, now: ctx.now })
    }

    fn busy_for(
        &self,
        ctx: &Ctx,
        host: &User,
        offered: &OfferedType,
        range: Interval,
        except: Option<Id>,
    ) -> Vec<Busy> {
        let event_type = Some(*offered.event_type.id.as_bytes());
        let spans = self.index.busy(host.id, range);
        let counted = spans.iter().filter(|it| counts_at(it, ctx.now) && Some(it.source) != except);
        let mut busy: Vec<Busy> = counted.filter_map(|it| busy_of(it, event_type)).collect();
        busy.sort_unstable_by_key(|it| (it.span.start(), it.span.end()));
        busy
    }
}

/// Why nothing can be booked on the dates of the host's zone that have no times.
fn reasons(asking: &Asking, first: Date, last: Date) -> BTreeMap<Date, Reason> {
    let days = slots::days(&asking.question(), first, last);
    days.into_iter().filter_map(|it| Some((it.date, it.reason?))).collect()
}
