//! How letters are compared in a filter: the collations of RFC 4790 and RFC 5051.

use std::borrow::Cow;

use unicode_normalization::char::decompose_compatible;

/// How letters are compared (RFC 4790).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Collation {
    /// `i;ascii-casemap`, the default: A to Z without regard to case.
    #[default]
    AsciiCasemap,
    /// `i;octet`: byte by byte.
    Octet,
    /// `i;unicode-casemap`: all letters without regard to case (RFC 5051).
    UnicodeCasemap,
}

impl Collation {
    /// All that there are, for `CALDAV:supported-collation-set` (RFC 4791 §7.5.1).
    pub const ALL: [Self; 3] = [Self::AsciiCasemap, Self::Octet, Self::UnicodeCasemap];

    /// The collation of that identifier; nothing for one that is not supported, which is
    /// what `CALDAV:supported-collation` reports (RFC 4791 §7.5).
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::default()),
            name => Self::ALL.into_iter().find(|it| it.name() == name),
        }
    }

    /// Its identifier.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsciiCasemap => "i;ascii-casemap",
            Self::Octet => "i;octet",
            Self::UnicodeCasemap => "i;unicode-casemap",
        }
    }

    /// Whether `wanted` is somewhere in `text`.
    pub fn contains(self, text: &str, wanted: &str) -> bool {
        self.prepared(text).contains(self.prepared(wanted).as_ref())
    }

    /// The form in which texts are compared byte by byte.
    fn prepared(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Octet => Cow::Borrowed(text),
            Self::AsciiCasemap => Cow::Owned(text.to_ascii_uppercase()),
            Self::UnicodeCasemap if text.is_ascii() => Cow::Owned(text.to_ascii_uppercase()),
            Self::UnicodeCasemap => {
                let mut prepared = String::with_capacity(text.len() + 8);
                for letter in text.chars() {
                    decompose_compatible(titlecase(letter), |it| prepared.push(it));
                }
                Cow::Owned(prepared)
            }
        }
    }
}

/// The simple titlecase mapping of UnicodeData.txt (RFC 5051 §2, step 2a).
///
/// It is the simple uppercase mapping but for two groups of letters; and the standard
/// library has the full one, of several letters, for a third.
fn titlecase(letter: char) -> char {
    match letter {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        // Greek with a iota beside or below.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(letter) + 8).unwrap_or(letter)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => {
            char::from_u32(u32::from(letter) + 9).unwrap_or(letter)
        }
        // Georgian has capitals, but no titles.
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => letter,
        letter => {
            let mut capitals = letter.to_uppercase();
            match (capitals.next(), capitals.next()) {
                (Some(capital), None) => capital,
                _ => letter,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_collation_finds_what_it_should() {
        use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
        let rows = [
            ("ASCII, other case", "Meeting", "EETI", [true, false, true]),
            ("bytes", "Meeting", "eeti", [true, true, true]),
            ("not there", "Meeting", "x", [false, false, false]),
            ("nothing", "Meeting", "", [true, true, true]),
            ("an umlaut in other case", "M\u{fc}nchen", "M\u{dc}NCHEN", [false, false, true]),
            ("an umlaut in the same case", "M\u{fc}nchen", "m\u{fc}nCHEN", [true, false, true]),
            ("an umlaut in two parts", "M\u{fc}nchen", "mu\u{308}nchen", [false, false, true]),
            ("a letter without its mark", "M\u{fc}nchen", "mu", [false, false, true]),
            ("Greek", "\u{3a3}\u{399}\u{393}", "\u{3c3}\u{3b9}\u{3b3}", [false, false, true]),
            ("final sigma", "\u{3c2}", "\u{3c3}", [false, false, true]),
            ("Greek with a iota", "\u{1fb3}", "\u{1fbc}", [false, false, true]),
            ("Cyrillic", "\u{448}", "\u{428}", [false, false, true]),
            ("a ligature is not its letters", "\u{fb01}n", "fin", [false, false, false]),
            ("a ligature in a word", "\u{fb01}n", "\u{fb01}N", [true, false, true]),
            ("sharp s is not two letters", "stra\u{df}e", "STRASSE", [false, false, false]),
            ("full width", "\u{ff21}", "a", [false, false, true]),
            ("the digraph of RFC 5051", "\u{1c4}", "\u{1c6}", [false, false, true]),
            ("Kelvin", "\u{212a}", "k", [false, false, true]),
        ];
        for (case, text, wanted, expected) in rows {
            let found = [AsciiCasemap, Octet, UnicodeCasemap].map(|it| it.contains(text, wanted));
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn the_example_of_rfc_5051_is_prepared_as_it_says() {
        assert_eq!(Collation::UnicodeCasemap.prepared("\u{1c4}"), "Dz\u{30c}");
        assert_eq!(Collation::UnicodeCasemap.prepared("\u{10d0}\u{df}"), "\u{10d0}\u{df}");
    }

    #[test]
    fn collations_go_by_their_names() {
        for collation in Collation::ALL {
            assert_eq!(Collation::named(collation.name()), Some(collation));
        }
        assert_eq!(Collation::named("default"), Some(Collation::AsciiCasemap));
        assert_eq!(Collation::named("i;ascii-numeric"), None);
        assert_eq!(Collation::named("i;*"), None);
    }
}
