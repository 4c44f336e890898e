//! How much may still be looked through on behalf of one object, whatever its rules ask for.

use std::cell::Cell;

use model::limit::SCAN_STEPS_MAX;

/// Days, times and periods that may still be looked at.
#[derive(Debug)]
pub(crate) struct Steps {
    left: Cell<u32>,
    is_over: Cell<bool>,
}

impl Steps {
    /// As many as all rules of one object together may take.
    pub(crate) const fn of_object() -> Self {
        Self::at_most(SCAN_STEPS_MAX)
    }

    /// That many.
    pub(crate) const fn at_most(steps: u32) -> Self {
        Self { left: Cell::new(steps), is_over: Cell::new(false) }
    }

    /// Takes so many of them; false where there are not enough left, and then none are.
    pub(crate) fn take(&self, steps: usize) -> bool {
        let left = u32::try_from(steps).ok().and_then(|it| self.left.get().checked_sub(it));
        self.left.set(left.unwrap_or(0));
        self.is_over.set(self.is_over.get() || left.is_none());
        left.is_some()
    }

    /// Takes all that are left: what is asked for will not be looked for.
    pub(crate) fn give_up(&self) {
        self.left.set(0);
        self.is_over.set(true);
    }

    /// Whether something was not looked for because there were too few.
    pub(crate) fn are_over(&self) -> bool {
        self.is_over.get()
    }
}
