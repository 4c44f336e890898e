//! The body of an answer: pieces, some of them shared with other answers, sent one after another.

use std::collections::VecDeque;

use bytes::Bytes;

/// The bytes of an answer, whole.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pieces: VecDeque<Bytes>,
    length: usize,
}

impl Body {
    /// Adds a piece at the end.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.length += piece.len();
            self.pieces.push_back(piece);
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Takes the next piece out.
    pub fn take(&mut self) -> Option<Bytes> {
        let piece = self.pieces.pop_front()?;
        self.length -= piece.len();
        Some(piece)
    }

    /// All bytes in one piece.
    pub fn whole(mut self) -> Bytes {
        if self.pieces.len() <= 1 {
            return self.take().unwrap_or_default();
        }
        self.pieces.iter().flatten().copied().collect::<Vec<u8>>().into()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let mut body = Self::default();
        body.push(bytes);
        body
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}
