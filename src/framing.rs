//! A connection as the HTTP library sees it: what it would pass over watched, its stalls ended.
//!
//! Of a length told in two ways the library takes the one and forgets the other; two servers in a row could take
//! different ones, so such a request is refused (RFC 9112 §6.3). A target with a fragment it would cut short: what
//! was meant for one member would hit the whole collection (RFC 9112 §3.2).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// The time for which an answer may wait to be taken.
const STALL_MAX: Duration = Duration::from_secs(30);

/// Bytes of a line that are looked at: enough for the names and values that matter.
const LINE_MAX: usize = 256;

/// A stream of HTTP/1 requests, watched as it is read.
pub(crate) struct Watched<S> {
    stream: S,
    reader: Reader,
    is_ambiguous: Option<Arc<AtomicBool>>,
    /// Runs while nothing that was sent is taken.
    stall: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    /// Watches `stream`; `is_ambiguous` is set once a request could be read in two ways.
    pub(crate) fn new(stream: S, is_ambiguous: Arc<AtomicBool>) -> Self {
        Self { stream, reader: Reader::default(), is_ambiguous: Some(is_ambiguous), stall: None }
    }

    /// The stream alone.
    pub(crate) fn as_it_is(stream: S) -> Self {
        Self { stream, reader: Reader::default(), is_ambiguous: None, stall: None }
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    /// Ends a connection whose other end takes nothing for too long.
    fn unless_stalled(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if polled.is_ready() {
            self.stall = None;
            return polled;
        }
        let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALL_MAX)));
        stall.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let watched = &mut *self;
        let polled = Pin::new(&mut watched.stream).poll_read(context, buffer);
        if let (Some(flag), Some(read)) = (&watched.is_ambiguous, buffer.filled().get(before..))
            && watched.reader.read(read)
        {
            flag.store(true, Ordering::Release);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unless_stalled(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.unless_stalled(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Where in the stream of requests the reader is.
#[derive(Default)]
enum Place {
    /// In the head of a request.
    #[default]
    Head,
    /// In a body, or a chunk of one, with so many bytes to come.
    Bytes(u64),
    /// In the line that tells a chunk's length.
    ChunkLine,
    /// In the lines after the last chunk.
    Trailer,
}

/// Follows requests by their lengths.
#[derive(Default)]
struct Reader {
    place: Place,
    /// Whether the line of the method and target is over.
    is_begun: bool,
    line: Vec<u8>,
    length: Option<u64>,
    is_chunked: bool,
}

impl Reader {
    /// Takes in what was read; true if a request could be read in two ways.
    fn read(&mut self, mut bytes: &[u8]) -> bool {
        let mut is_ambiguous = false;
        while !bytes.is_empty() {
            if let Place::Bytes(left) = &mut self.place {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                bytes = &bytes[taken..];
                match *left {
                    0 if self.is_chunked => self.place = Place::ChunkLine,
                    0 => self.begin(),
                    _ => {}
                }
                continue;
            }
            let end = bytes.iter().position(|it| *it == b'\n');
            let (part, rest) = bytes.split_at(end.map_or(bytes.len(), |it| it + 1));
            let room = LINE_MAX.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            bytes = rest;
            // A fragment may lie beyond what is kept of the line.
            is_ambiguous |=
                matches!(self.place, Place::Head) && !self.is_begun && part.contains(&b'#');
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                is_ambiguous |= self.take_line(line.trim_ascii());
            }
        }
        is_ambiguous
    }

    fn take_line(&mut self, line: &[u8]) -> bool {
        match self.place {
            // Empty lines before a request mean nothing (RFC 9112 §2.2).
            Place::Head if line.is_empty() && !self.is_begun => {}
            Place::Head if line.is_empty() => return self.end_head(),
            Place::Head if !self.is_begun => self.is_begun = true,
            Place::Head => self.take_field(line),
            Place::ChunkLine if !line.is_empty() => {
                let digits = line.split(|it| *it == b';').next().unwrap_or_default().trim_ascii();
                let text = std::str::from_utf8(digits).unwrap_or_default();
                self.place = match u64::from_str_radix(text, 16) {
                    Ok(0) | Err(_) => Place::Trailer,
                    Ok(length) => Place::Bytes(length),
                };
            }
            Place::Trailer if line.is_empty() => self.begin(),
            Place::ChunkLine | Place::Trailer | Place::Bytes(_) => {}
        }
        false
    }

    fn take_field(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|it| *it == b':') else { return };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = std::str::from_utf8(value).ok().and_then(|it| it.parse().ok());
            self.length = Some(value.unwrap_or(0));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.is_chunked = true;
        }
    }

    fn end_head(&mut self) -> bool {
        match (self.length, self.is_chunked) {
            (Some(_), true) => return true,
            (None, true) => self.place = Place::ChunkLine,
            (Some(length), false) if length > 0 => self.place = Place::Bytes(length),
            (_, false) => self.begin(),
        }
        false
    }

    fn begin(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the stream is ambiguous, read in pieces of any size.
    fn is_ambiguous(stream: &str) -> bool {
        let answers: Vec<bool> = (1..=stream.len())
            .map(|size| {
                let mut reader = Reader::default();
                let pieces: Vec<bool> =
                    stream.as_bytes().chunks(size).map(|it| reader.read(it)).collect();
                pieces.contains(&true)
            })
            .collect();
        assert!(answers.iter().all(|it| *it == answers[0]), "it depends on the pieces");
        answers[0]
    }

    #[test]
    fn a_target_that_would_be_cut_short_is_seen() {
        let long = "x".repeat(LINE_MAX);
        for (target, expected) in [("/a", false), ("/a/#b", true), ("/%23", false)] {
            let stream = format!("\r\nDELETE {target} HTTP/1.1\r\nX-A: #\r\n\r\n");
            assert_eq!(is_ambiguous(&stream), expected, "{target}");
            let stream = format!("GET /{long}{target} HTTP/1.1\r\n\r\n");
            assert_eq!(is_ambiguous(&stream), expected, "long {target}");
        }
    }

    #[test]
    fn a_length_told_twice_is_seen_wherever_it_comes() {
        let both = "PUT / HTTP/1.1\r\ncontent-length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
        let with_body = "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
        let chunked =
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: 1\r\n\r\n";
        let cases = [
            ("first", both.to_owned(), true),
            ("after a body", format!("{with_body}{both}"), true),
            ("after chunks", format!("{chunked}{both}"), true),
            ("after nothing", format!("GET / HTTP/1.1\r\n\r\n{both}"), true),
            ("never", format!("{with_body}{chunked}{with_body}"), false),
            (
                "within a body only",
                format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{both}", both.len()),
                false,
            ),
        ];
        for (case, stream, expected) in cases {
            assert_eq!(is_ambiguous(&stream), expected, "{case}");
        }
    }
}
