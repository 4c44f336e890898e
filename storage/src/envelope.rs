//! How a row lies on disk: version and checksum before the payload.

use crate::engine::{Row, StoreError};

const HEAD: usize = 12;

/// Version (8 bytes), CRC-32 of key, version and payload (4 bytes), payload.
pub(crate) fn seal(key: &[u8], version: u64, payload: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD + payload.len());
    sealed.extend_from_slice(&version.to_be_bytes());
    sealed.extend_from_slice(&checksum(key, version, payload).to_be_bytes());
    sealed.extend_from_slice(payload);
    sealed
}

/// The row that [`seal`] wrote.
pub(crate) fn open(key: &[u8], sealed: &[u8]) -> Result<Row, StoreError> {
    let damaged = |why: &str| StoreError::Damaged(format!("{} ({why})", name(key)));
    let (head, payload) = sealed.split_at_checked(HEAD).ok_or_else(|| damaged("cut short"))?;
    let version = version(head).ok_or_else(|| damaged("cut short"))?;
    let written = head[8..].try_into().map(u32::from_be_bytes).unwrap_or_default();
    if written != checksum(key, version, payload) {
        return Err(damaged("its checksum is wrong"));
    }
    Ok(Row { version, value: payload.to_vec() })
}

/// The version of a sealed row, without a look at the rest.
pub(crate) fn version(sealed: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(sealed.first_chunk().copied()?))
}

fn checksum(key: &[u8], version: u64, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(key);
    crc.update(&version.to_be_bytes());
    crc.update(payload);
    crc.finalize()
}

/// A row's name for people: its table, and the bytes of its key.
pub(crate) fn name(key: &[u8]) -> String {
    let table = key.first().map_or("nothing", |id| crate::table::name_of(*id));
    let rest = key.get(1..).unwrap_or_default();
    format!("{table} {}", rest.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_single_flipped_bit_is_noticed_and_the_row_named() {
        let sealed = seal(b"\x05name.ics", 7, b"payload");
        assert_eq!(open(b"\x05name.ics", &sealed).map(|it| it.version), Ok(7));
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Err(StoreError::Damaged(text)) = open(b"\x05name.ics", &flipped) else {
                panic!("bit {bit} went unnoticed");
            };
            assert!(text.contains("name.ics"), "{text}");
        }
        assert!(open(b"\x05other.ics", &sealed).is_err(), "a row in the wrong place");
        assert!(open(b"\x05name.ics", &sealed[..11]).is_err(), "a row cut short");
    }
}
