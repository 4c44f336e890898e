//! Edits as line splices: what is not touched stays byte for byte.

use std::collections::BTreeMap;

use crate::document::Document;

/// Bytes of a physical line, at most (RFC 5545 §3.1).
const FOLD_AT: usize = 75;

/// A change of one line, which is given without its line end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Edit {
    /// Puts this in place of the line.
    Replace(String),
    /// Puts this before the line.
    Before(String),
    /// Takes the line away.
    Remove,
}

/// The document's bytes with `edits` applied, each to the line of that number.
pub fn splice(document: &Document, edits: impl IntoIterator<Item = (usize, Edit)>) -> Vec<u8> {
    let mut by_line: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for (line, edit) in edits {
        by_line.entry(line).or_default().push(edit);
    }
    let source = document.as_bytes();
    let mut spliced = Vec::with_capacity(source.len() + 256);
    let mut copied = 0;
    for (line, edits) in by_line {
        let raw = document.raw(line);
        spliced.extend_from_slice(&source[copied..raw.start]);
        let mut stays = true;
        for edit in edits {
            match edit {
                Edit::Before(text) => fold(&mut spliced, &text),
                Edit::Replace(text) => {
                    fold(&mut spliced, &text);
                    stays = false;
                }
                Edit::Remove => stays = false,
            }
        }
        copied = if stays { raw.start } else { raw.end };
    }
    spliced.extend_from_slice(&source[copied..]);
    spliced
}

/// The same lines, folded between characters: for a text whose folds lie within them.
pub fn refolded(source: &[u8]) -> String {
    let Ok(document) = Document::parse(source) else {
        return String::from_utf8_lossy(source).into_owned();
    };
    let mut out = Vec::with_capacity(source.len());
    for line in document.lines() {
        fold(&mut out, line);
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Writes one line folded at 75 bytes, between characters.
pub(crate) fn fold(out: &mut Vec<u8>, line: &str) {
    let mut room = FOLD_AT;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            out.extend_from_slice(b"\r\n ");
            room = FOLD_AT - 1;
        }
        room -= letter.len_utf8();
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_edited_lines_change() {
        let text = "BEGIN:VCALENDAR\nX-A:1\n  folded\nX-B:2\r\nX-C:3\nEND:VCALENDAR\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let line = |name| document.calendar().property(name).unwrap().line();
        let edited = splice(
            &document,
            [
                (line("X-A"), Edit::Replace("X-A:new".into())),
                (line("X-C"), Edit::Remove),
                (document.calendar().end_line(), Edit::Before("X-D:4".into())),
            ],
        );
        let expected = "BEGIN:VCALENDAR\nX-A:new\r\nX-B:2\r\nX-D:4\r\nEND:VCALENDAR\n";
        assert_eq!(String::from_utf8(edited).unwrap(), expected);
        assert_eq!(splice(&document, []), text.as_bytes());
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut out = Vec::new();
        fold(&mut out, &"\u{e9}".repeat(100));
        let text = String::from_utf8(out).unwrap();
        assert!(text.split("\r\n").all(|it| it.len() <= FOLD_AT), "{text}");
        assert_eq!(text.replace("\r\n ", ""), "\u{e9}".repeat(100) + "\r\n");
    }
}
