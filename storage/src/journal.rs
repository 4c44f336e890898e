//! The journal: every group of commits, on disk before anyone hears of it.
//!
//! A file is named for the first sequence number that it may hold. A record is
//! length (4 bytes), CRC-32 (4 bytes) and one group. The group in flight when the
//! power went is the only one that can be torn, and it is the last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::{StoreError, Write, broken};

/// Bytes of one record, at most; a longer one is taken for damage.
const RECORD_MAX: usize = 1 << 30;

/// One commit as the journal keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) writes: Vec<Write>,
}

/// The file that commits are appended to.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    file: File,
    length: u64,
}

impl Journal {
    /// Starts a new file for the commits from `first_seq` on.
    pub(crate) fn begin(folder: &Path, first_seq: u64) -> io::Result<Self> {
        let path = folder.join(format!("{first_seq:020}.log"));
        let file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
        let length = file.metadata()?.len();
        Ok(Self { folder: folder.to_owned(), file, length })
    }

    /// Appends `group` and waits until it is on disk.
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] if there is no space: nothing was kept of the group.
    /// [`StoreError::Broken`] if it cannot be known what was kept.
    pub(crate) fn append(&mut self, group: &[Entry]) -> Result<(), StoreError> {
        let record = encode(group);
        if let Err(cause) = self.file.write_all(&record) {
            self.file.set_len(self.length).map_err(broken)?;
            let full = matches!(
                cause.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            );
            return Err(if full { StoreError::Full } else { broken(cause) });
        }
        self.file.sync_data().map_err(broken)?;
        self.length += record.len() as u64;
        Ok(())
    }

    /// Bytes in the current file.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Goes on in a new file for the commits from `next_seq` on.
    pub(crate) fn rotate(&mut self, next_seq: u64) -> io::Result<()> {
        *self = Self::begin(&self.folder, next_seq)?;
        Ok(())
    }
}

/// The journal's files with their first sequence numbers, oldest first.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|it| it.to_str()).and_then(|it| it.parse().ok());
        if let (Some(first_seq), Some("log")) =
            (number, path.extension().and_then(|it| it.to_str()))
        {
            files.push((first_seq, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Reads a file's groups one after another; a torn end is cut off where `is_last`.
///
/// # Errors
///
/// [`StoreError::Damaged`] where a record in the middle is wrong.
pub(crate) fn replay(
    path: &Path,
    is_last: bool,
    mut each: impl FnMut(Vec<Entry>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut bytes = Vec::new();
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(broken)?;
    file.read_to_end(&mut bytes).map_err(broken)?;
    let mut at = 0;
    while let Some((group, length)) = decode(&bytes[at..]) {
        each(group)?;
        at += length;
    }
    if at == bytes.len() {
        return Ok(());
    }
    if !is_last || record_follows(&bytes[at + 1..]) {
        return Err(StoreError::Damaged(format!("journal {} at byte {at}", path.display())));
    }
    file.set_len(at as u64).map_err(broken)?;
    file.seek(SeekFrom::End(0)).map_err(broken)?;
    file.sync_all().map_err(broken)
}

/// Whether a whole record begins anywhere in `bytes`: then what is before it was once whole too.
fn record_follows(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| decode(&bytes[at..]).is_some_and(|(group, _)| !group.is_empty()))
}

fn encode(group: &[Entry]) -> Vec<u8> {
    let mut record = vec![0; 8];
    for entry in group {
        record.extend_from_slice(&entry.seq.to_be_bytes());
        put_length(&mut record, entry.writes.len());
        for (key, value) in &entry.writes {
            put_length(&mut record, key.len());
            record.extend_from_slice(key);
            match value {
                Some(value) => {
                    put_length(&mut record, value.len() + 1);
                    record.extend_from_slice(value);
                }
                None => put_length(&mut record, 0),
            }
        }
    }
    let (length, crc) = (record.len() - 8, crc32fast::hash(&record[8..]));
    record[..4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    record[4..8].copy_from_slice(&crc.to_be_bytes());
    record
}

fn put_length(record: &mut Vec<u8>, length: usize) {
    record.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// The group at the beginning of `bytes` and the bytes it takes, if it is whole.
fn decode(bytes: &[u8]) -> Option<(Vec<Entry>, usize)> {
    let mut head = bytes;
    let length = take_length(&mut head)?;
    let crc = u32::from_be_bytes(*head.split_first_chunk::<4>()?.0);
    let body = head.get(4..4 + length)?;
    if length == 0 || length > RECORD_MAX || crc32fast::hash(body) != crc {
        return None;
    }
    let mut rest = body;
    let mut group = Vec::new();
    while !rest.is_empty() {
        let (seq, after) = rest.split_first_chunk::<8>()?;
        rest = after;
        let count = take_length(&mut rest)?;
        let mut writes = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            let key_length = take_length(&mut rest)?;
            let key = take(&mut rest, key_length)?.to_vec();
            let value = match take_length(&mut rest)? {
                0 => None,
                length => Some(Arc::from(take(&mut rest, length - 1)?)),
            };
            writes.push((key, value));
        }
        group.push(Entry { seq: u64::from_be_bytes(*seq), writes });
    }
    Some((group, 8 + length))
}

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*length) as usize)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64) -> Entry {
        let value = Arc::from(vec![9; 300]);
        Entry { seq, writes: vec![(b"key".to_vec(), Some(value)), (b"gone".to_vec(), None)] }
    }

    fn read(path: &Path) -> Result<Vec<u64>, StoreError> {
        let mut seen = Vec::new();
        replay(path, true, |group| {
            seen.extend(group.iter().map(|it| it.seq));
            Ok(())
        })?;
        Ok(seen)
    }

    fn two_groups(folder: &Path) -> (PathBuf, Vec<u8>, usize) {
        let mut journal = Journal::begin(folder, 1).unwrap();
        journal.append(&[entry(1), entry(2)]).unwrap();
        let first_end = usize::try_from(journal.length()).unwrap();
        journal.append(&[entry(3)]).unwrap();
        let path = files(folder).unwrap().remove(0).1;
        let bytes = fs::read(&path).unwrap();
        (path, bytes, first_end)
    }

    #[test]
    fn a_torn_last_group_is_cut_off_wherever_it_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let (path, bytes, first_end) = two_groups(folder.path());
        for end in first_end..bytes.len() {
            fs::write(&path, &bytes[..end]).unwrap();
            assert_eq!(read(&path), Ok(vec![1, 2]), "cut at {end}");
            assert_eq!(fs::metadata(&path).unwrap().len(), first_end as u64);
        }
    }

    #[test]
    fn a_damaged_group_before_a_whole_one_is_an_error_that_names_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut bytes, _) = two_groups(folder.path());
        bytes[40] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let Err(StoreError::Damaged(text)) = read(&path) else { panic!("damage went unnoticed") };
        assert!(text.contains("at byte 0"), "{text}");
    }
}
