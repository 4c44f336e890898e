//! Content lines: unfolding, and where name, parameters and value begin (RFC 5545 §3.1).

use std::ops::Range;

use memchr::memchr;
use model::limit::LINE_MAX_BYTES;

use crate::document::Limits;

/// One unfolded line: where its bytes lie, and where its parts begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// Its bytes in the source, line ends and folds included.
    pub(crate) raw: (u32, u32),
    /// Its text, in the source, or in the unfolded text if `is_folded`.
    pub(crate) text: (u32, u32),
    pub(crate) is_folded: bool,
    /// Bytes of the name.
    pub(crate) name_length: u32,
    /// Where the value begins, after the colon.
    pub(crate) value_at: u32,
}

/// All lines, and the text of those that were folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    pub(crate) lines: Vec<Line>,
    pub(crate) unfolded: Vec<u8>,
}

/// Where reading stopped, and why.
pub(crate) struct BadLine {
    pub(crate) number: usize,
    pub(crate) why: &'static str,
}

impl Lines {
    /// Reads all lines of `source`; CRLF and LF may be mixed, blank lines are passed over.
    pub(crate) fn read(source: &[u8], limits: &Limits) -> Result<Self, BadLine> {
        let mut lines = Self { lines: Vec::with_capacity(source.len() / 32), unfolded: Vec::new() };
        let mut at = if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut number = 0;
        while at < source.len() {
            number += 1;
            let at_line = number;
            let bad = |why| BadLine { number: at_line, why };
            if number > limits.lines || lines.lines.len() >= limits.logical_lines {
                return Err(bad("too many lines"));
            }
            let (content, mut next) = physical(source, at);
            if is_fold(source, at) {
                return Err(bad("the first line is a continuation"));
            }
            let mut text = content.clone();
            let is_folded = is_fold(source, next);
            if is_folded {
                let from = lines.unfolded.len();
                lines.unfolded.extend_from_slice(&source[content]);
                while is_fold(source, next) {
                    number += 1;
                    let (more, after) = physical(source, next + 1);
                    lines.unfolded.extend_from_slice(&source[more]);
                    if lines.unfolded.len() - from > LINE_MAX_BYTES {
                        return Err(BadLine { number, why: "the line is too long" });
                    }
                    next = after;
                }
                text = from..lines.unfolded.len();
            }
            let buffer = if is_folded { &lines.unfolded } else { source };
            if let Some(line) = parts((at, next), text, is_folded, buffer).map_err(bad)? {
                lines.lines.push(line);
            }
            at = next;
        }
        Ok(lines)
    }
}

/// The line at `at` without its end, and where the next one begins.
fn physical(source: &[u8], at: usize) -> (Range<usize>, usize) {
    let Some(length) = memchr(b'\n', &source[at..]) else {
        return (at..source.len(), source.len());
    };
    let end = at + length;
    let content_end = if end > at && source[end - 1] == b'\r' { end - 1 } else { end };
    (at..content_end, end + 1)
}

fn is_fold(source: &[u8], at: usize) -> bool {
    matches!(source.get(at), Some(b' ' | b'\t'))
}

/// Finds name and value; a blank line has neither.
fn parts(
    raw: (usize, usize),
    text: Range<usize>,
    is_folded: bool,
    buffer: &[u8],
) -> Result<Option<Line>, &'static str> {
    let bytes = &buffer[text.clone()];
    if bytes.iter().all(|it| matches!(it, b' ' | b'\t' | b'\r')) {
        return Ok(None);
    }
    let value_at = colon(bytes).ok_or("there is no colon")? + 1;
    let name_length = memchr(b';', &bytes[..value_at - 1]).unwrap_or(value_at - 1);
    let is_name = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'/');
    if name_length == 0 || !bytes[..name_length].iter().all(is_name) {
        return Err("the property has no proper name");
    }
    let short = |n: usize| u32::try_from(n).map_err(|_| "the object is too large");
    Ok(Some(Line {
        raw: (short(raw.0)?, short(raw.1)?),
        text: (short(text.start)?, short(text.end)?),
        is_folded,
        name_length: short(name_length)?,
        value_at: short(value_at)?,
    }))
}

/// The colon that ends name and parameters: the first outside of quotes.
fn colon(bytes: &[u8]) -> Option<usize> {
    let first = memchr(b':', bytes)?;
    if memchr(b'"', &bytes[..first]).is_none() {
        return Some(first);
    }
    let mut is_quoted = false;
    bytes.iter().position(|it| {
        is_quoted ^= *it == b'"';
        *it == b':' && !is_quoted
    })
}
