//! How many bytes of attachments each user has.

use std::collections::HashMap;

use model::id::{AttachmentId, UserId};
use storage::record::{AttachmentRecord, Record};
use storage::table;

use super::Index;

/// Whose each attachment is, and how long; and the sum of each user.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    known: HashMap<AttachmentId, (UserId, u64)>,
    sums: HashMap<UserId, u64>,
}

impl Attachments {
    fn put(&mut self, id: AttachmentId, owner: UserId, bytes: u64) {
        self.remove(id);
        self.known.insert(id, (owner, bytes));
        *self.sums.entry(owner).or_default() += bytes;
    }

    fn remove(&mut self, id: AttachmentId) {
        if let Some((owner, bytes)) = self.known.remove(&id) {
            let sum = self.sums.entry(owner).or_default();
            *sum = sum.saturating_sub(bytes);
        }
    }
}

impl Index {
    /// Bytes of all attachments of a user.
    pub(crate) fn attachment_bytes(&self, owner: UserId) -> u64 {
        self.attachments.read().sums.get(&owner).copied().unwrap_or(0)
    }

    pub(super) fn follow_attachment(&self, rest: &[u8], value: Option<&[u8]>) {
        let Some((id, _)) = table::split_id(rest) else { return };
        let id = AttachmentId::from_bytes(id);
        match value.and_then(AttachmentRecord::decode) {
            Some(record) => self.put_attachment(id, &record),
            None => self.attachments.write().remove(id),
        }
    }

    pub(super) fn put_attachment(&self, id: AttachmentId, record: &AttachmentRecord) {
        let owner = UserId::from_bytes(record.owner);
        self.attachments.write().put(id, owner, record.length);
    }
}
