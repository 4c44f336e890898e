//! Large rows in pieces: sled must never see a value that it would put in a file of its own.
//!
//! sled writes values beyond a quarter of a segment to blob files, which it never
//! syncs. A row's first piece stays at its key; the rest lies in a second tree
//! under version, index and key, so that old and new pieces never mix.

use std::borrow::Cow;

use sled::{Batch, Tree};

use crate::engine::StoreError;
use crate::engine::broken;

/// Bytes of one piece.
const PIECE: usize = 16 * 1024;

/// Adds a sealed row to `rows` and its further pieces to `rest`; how many those are.
pub(crate) fn put(
    rows: &mut Batch,
    rest: &mut Batch,
    key: &[u8],
    version: u64,
    sealed: &[u8],
) -> usize {
    let (first, more) = sealed.split_at(sealed.len().min(PIECE));
    let pieces = more.len().div_ceil(PIECE);
    let mut head = u32::try_from(pieces).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    head.extend_from_slice(first);
    rows.insert(key, head);
    for (index, piece) in more.chunks(PIECE).enumerate() {
        rest.insert(piece_key(version, index, key), piece);
    }
    pieces
}

/// Removes the further pieces of the row whose stored head is `head`; how many those are.
pub(crate) fn forget(rest: &mut Batch, key: &[u8], head: &[u8]) -> usize {
    let Some(version) = version(head) else { return 0 };
    for index in 0..count(head) {
        rest.remove(piece_key(version, index, key));
    }
    count(head)
}

/// The sealed row whose stored head is `head`; nothing if it was replaced meanwhile.
pub(crate) fn join<'h>(
    rest: &Tree,
    key: &[u8],
    head: &'h [u8],
) -> Result<Option<Cow<'h, [u8]>>, StoreError> {
    let first = head.get(4..).unwrap_or_default();
    if count(head) == 0 {
        return Ok(Some(Cow::Borrowed(first)));
    }
    let mut sealed = first.to_vec();
    for index in 0..count(head) {
        let piece = rest.get(piece_key(version(head).unwrap_or_default(), index, key));
        match piece.map_err(broken)? {
            Some(piece) => sealed.extend_from_slice(&piece),
            None => return Ok(None),
        }
    }
    Ok(Some(Cow::Owned(sealed)))
}

/// The version of the row whose stored head is `head`.
pub(crate) fn version(head: &[u8]) -> Option<u64> {
    crate::envelope::version(head.get(4..)?)
}

fn count(head: &[u8]) -> usize {
    head.first_chunk().map_or(0, |it| u32::from_be_bytes(*it) as usize)
}

fn piece_key(version: u64, index: usize, key: &[u8]) -> Vec<u8> {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    [&version.to_be_bytes()[..], &index.to_be_bytes()[..], key].concat()
}
