//! How much a user may keep (RFC 4331).

use model::id::UserId;
use model::limit::HOME_MAX_BYTES;

use crate::App;
use crate::refusal::Refusal;

impl App {
    /// Bytes of all attachments of a user.
    pub(crate) fn attachment_bytes(&self, owner: UserId) -> u64 {
        self.index.attachment_bytes(owner)
    }

    /// Refuses what would not fit into a home any more.
    pub(crate) fn check_quota(&self, owner: UserId, more_bytes: usize) -> Result<(), Refusal> {
        self.check_exchange(owner, more_bytes as u64, 0)
    }

    /// The same for what comes while something else goes.
    pub(crate) fn check_exchange(
        &self,
        owner: UserId,
        more_bytes: u64,
        less_bytes: u64,
    ) -> Result<(), Refusal> {
        let owner = self.index.user(owner).ok_or(Refusal::NotFound)?;
        let used = self.used_bytes(&owner).saturating_add(more_bytes).saturating_sub(less_bytes);
        if used > HOME_MAX_BYTES { Err(Refusal::QuotaExceeded) } else { Ok(()) }
    }
}
