//! The logical export: every row in one checksummed file, for backup, restore and rebuilding.
//!
//! The file is a line that says what it is, then records: length (4 bytes), CRC-32 (4 bytes),
//! key length (4 bytes), version (8 bytes), key, and a byte that says whether a payload follows.
//! Of a row that comes twice the last counts; a record without a key ends the file.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::chunk;
use crate::engine::{StoreError, broken};
use crate::envelope;
use crate::journal::Entry;
use crate::sled_engine::Shared;

const TITLE: &[u8] = b"bookdav export 1\n";
/// Rows that are loaded as one batch.
const BATCH: usize = 1_000;

/// Writes every row to `file`, which appears only once it is whole and on disk.
///
/// The rows are those of some moments after the call; `committed` is asked at the end for
/// what was committed meanwhile, so that the file as a whole is one state. Returns how many
/// rows there are.
pub(crate) fn write(
    shared: &Shared,
    file: &Path,
    committed: impl FnOnce() -> Result<Vec<Entry>, StoreError>,
) -> Result<u64, StoreError> {
    let unfinished = file.with_extension("unfinished");
    // It holds password hashes and keys: nobody else may read it.
    let mut out = BufWriter::new(private(&unfinished)?);
    out.write_all(TITLE).map_err(broken)?;
    shared.settle()?;
    let mut count = 0;
    for item in &shared.rows {
        let (key, head) = item.map_err(broken)?;
        let row = match chunk::join(&shared.rest, &key, &head)? {
            Some(sealed) => Some(envelope::open(&key, &sealed)?),
            None => shared.read(&key)?,
        };
        if let Some(row) = row {
            record(&mut out, &key, row.version, Some(&row.value)).map_err(broken)?;
            count += 1;
        }
    }
    for entry in committed()? {
        for (key, value) in &entry.writes {
            record(&mut out, key, entry.seq, value.as_deref()).map_err(broken)?;
            count += 1;
        }
    }
    record(&mut out, &[], count, None).map_err(broken)?;
    let finished = out.into_inner().map_err(broken)?;
    finished.sync_all().map_err(broken)?;
    fs::rename(&unfinished, file).map_err(broken)?;
    sync_parent(file)?;
    Ok(count)
}

/// A new file that nobody else may read, in place of any of that name.
fn private(path: &Path) -> Result<File, StoreError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(broken(cause)),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(broken)
}

/// Reads an export into an empty store; returns the highest version in it.
pub(crate) fn load(shared: &Shared, file: &Path) -> Result<u64, StoreError> {
    let mut last_seq = 0;
    let mut batch = Vec::new();
    read(file, |key, version, value| {
        last_seq = last_seq.max(version);
        batch.push(Entry { seq: version, writes: vec![(key, value.map(Arc::from))] });
        if batch.len() == BATCH {
            shared.apply(&batch)?;
            batch.clear();
        }
        Ok(())
    })?;
    shared.apply(&batch)?;
    Ok(last_seq)
}

/// Hands each row of an export to `each`.
///
/// # Errors
///
/// [`StoreError::Damaged`] where the file is not an export, or not whole.
pub(crate) fn read(
    file: &Path,
    mut each: impl FnMut(Vec<u8>, u64, Option<&[u8]>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let damaged = || StoreError::Damaged(format!("{} is not a whole export", file.display()));
    let mut input = BufReader::new(File::open(file).map_err(broken)?);
    let mut title = [0; TITLE.len()];
    input.read_exact(&mut title).map_err(|_| damaged())?;
    if title != TITLE {
        return Err(damaged());
    }
    let mut count = 0;
    loop {
        let mut head = [0; 8];
        input.read_exact(&mut head).map_err(|_| damaged())?;
        let [length, crc] = [&head[..4], &head[4..]]
            .map(|it| u32::from_be_bytes(it.try_into().unwrap_or_default()));
        let mut body = Vec::new();
        input.by_ref().take(u64::from(length)).read_to_end(&mut body).map_err(|_| damaged())?;
        if body.len() != length as usize || crc32fast::hash(&body) != crc {
            return Err(damaged());
        }
        let (key_length, rest) = body.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (version, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let key_length = u32::from_be_bytes(*key_length) as usize;
        let (key, rest) = rest.split_at_checked(key_length).ok_or_else(damaged)?;
        let value = match rest.split_first() {
            Some((0, _)) => None,
            Some((_, value)) => Some(value),
            None => return Err(damaged()),
        };
        let version = u64::from_be_bytes(*version);
        if key.is_empty() {
            return if version == count { Ok(()) } else { Err(damaged()) };
        }
        count += 1;
        each(key.to_vec(), version, value)?;
    }
}

/// Copies an export, with the row at `key` replaced.
pub(crate) fn copy_with(
    file: &Path,
    to: &Path,
    key: &[u8],
    payload: &[u8],
) -> Result<(), StoreError> {
    let mut out = BufWriter::new(private(to)?);
    out.write_all(TITLE).map_err(broken)?;
    let mut count = 0;
    read(file, |its_key, version, value| {
        count += 1;
        let value = if its_key == key { Some(payload) } else { value };
        record(&mut out, &its_key, version, value).map_err(broken)
    })?;
    record(&mut out, &[], count, None).map_err(broken)?;
    out.into_inner().map_err(broken)?.sync_all().map_err(broken)?;
    sync_parent(to)
}

fn record(
    out: &mut impl std::io::Write,
    key: &[u8],
    version: u64,
    value: Option<&[u8]>,
) -> std::io::Result<()> {
    let too_long = |_| std::io::Error::other("a row is too long");
    let key_length = u32::try_from(key.len()).map_err(too_long)?.to_be_bytes();
    let has_value = [u8::from(value.is_some())];
    let parts = [&key_length[..], &version.to_be_bytes()[..], key, &has_value[..]];
    let body = [parts.concat().as_slice(), value.unwrap_or_default()].concat();
    out.write_all(&u32::try_from(body.len()).map_err(too_long)?.to_be_bytes())?;
    out.write_all(&crc32fast::hash(&body).to_be_bytes())?;
    out.write_all(&body)
}

/// Writes the snapshot that stands for all commits before `next_seq`, and drops older ones.
pub(crate) fn snapshot(shared: &Shared, next_seq: u64) -> Result<(), StoreError> {
    let older = snapshots(&shared.folder);
    // The journal from here on stands beside it, so nothing needs to be added.
    let path = shared.folder.join(format!("{next_seq:020}.snapshot"));
    if let Err(cause) = write(shared, &path, || Ok(Vec::new())) {
        // What was begun only takes the room that may be lacking.
        let _ = fs::remove_file(path.with_extension("unfinished"));
        return Err(cause);
    }
    for (_, path) in older.into_iter().filter(|(seq, _)| *seq != next_seq) {
        fs::remove_file(path).map_err(broken)?;
    }
    Ok(())
}

/// The newest snapshot and the first sequence number that it may lack.
pub(crate) fn latest(folder: &Path) -> Option<(u64, PathBuf)> {
    snapshots(folder).into_iter().max()
}

/// Fills an empty store from the newest snapshot, if there is one.
pub(crate) fn load_latest(shared: &Shared) -> Result<u64, StoreError> {
    match latest(&shared.folder) {
        Some((_, path)) => load(shared, &path),
        None => Ok(shared.last_seq.load(Ordering::Relaxed)),
    }
}

fn snapshots(folder: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|it| Some(it.ok()?.path()));
    paths
        .filter(|it| it.extension().is_some_and(|it| it == "snapshot"))
        .filter_map(|it| Some((it.file_stem()?.to_str()?.parse().ok()?, it)))
        .collect()
}

fn sync_parent(path: &Path) -> Result<(), StoreError> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|it| it.sync_all()).map_err(broken)
}
