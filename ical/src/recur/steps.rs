//! How much may still be looked through, whatever the rules of the objects ask for.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use model::limit::{INSTANCE_STEPS, REQUEST_STEPS_MAX, SCAN_STEPS_MAX};

/// Days, times and periods that may still be looked at, by one thread at a time.
#[derive(Debug)]
pub struct Steps<'a> {
    left: AtomicU32,
    is_over: AtomicBool,
    /// Those of the request, which has other objects to look through.
    request: Option<&'a Steps<'a>>,
}

impl<'a> Steps<'a> {
    /// As many as all objects of one request together may take.
    pub const fn of_request() -> Self {
        Self::at_most(REQUEST_STEPS_MAX)
    }

    /// As many as all rules of one object together may take, of those of its request.
    pub(crate) const fn of_object(request: Option<&'a Self>) -> Self {
        Self { request, ..Self::at_most(SCAN_STEPS_MAX) }
    }

    /// That many.
    pub(crate) const fn at_most(steps: u32) -> Self {
        Self { left: AtomicU32::new(steps), is_over: AtomicBool::new(false), request: None }
    }

    /// Takes so many of them; false where there are not enough left, and then none are.
    pub(crate) fn take(&self, steps: usize) -> bool {
        let left = u32::try_from(steps).ok().and_then(|it| self.left.load(Relaxed).checked_sub(it));
        self.left.store(left.unwrap_or(0), Relaxed);
        let is_enough = left.is_some() && self.request.is_none_or(|it| it.take(steps));
        if !is_enough {
            self.is_over.store(true, Relaxed);
        }
        is_enough
    }

    /// Takes of the request's what so many instances count for.
    pub(crate) fn take_for_instances(&self, count: usize) {
        if let Some(request) = self.request {
            request.take(count.saturating_mul(INSTANCE_STEPS));
        }
    }

    /// Takes all that are left: what is asked for will not be looked for.
    pub(crate) fn give_up(&self) {
        self.left.store(0, Relaxed);
        self.is_over.store(true, Relaxed);
    }

    /// Whether something was not looked for because there were too few.
    pub fn are_over(&self) -> bool {
        self.is_over.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use model::interval::Interval;
    use model::zone::{Zone, ZoneDb};

    use super::*;
    use crate::{Context, Document, instances};

    /// Each of them alone is soon looked through; thousands of them kept a thread busy for minutes.
    #[test]
    fn what_all_objects_of_one_request_are_looked_through_has_an_end() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260302T080000Z\r\n\
                    RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        let at = |text| crate::utc_instant(text).unwrap();
        let years = Interval::new(at("20300101T000000Z"), at("20500101T000000Z")).unwrap();
        let (request, alone) = (Steps::at_most(40_000), Context::new(&zones, &zone));
        let context = alone.within(&request);
        let is_cut = |context| instances(&document, years, context, 100).unwrap().truncated;
        let outcomes = [(); 4].map(|()| (is_cut(&context), request.are_over()));
        assert_eq!(outcomes, [(false, false), (false, false), (true, true), (true, true)]);
        assert!(!is_cut(&alone), "another request is not the same one");
    }
}
