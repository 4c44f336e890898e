//! Escapes: TEXT values (RFC 5545 §3.3.11) and parameter values (RFC 6868).

use std::borrow::Cow;

/// A TEXT value without its escapes; an unknown escape stays as it is written.
pub fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n' | 'N') => text.push('\n'),
            Some(escaped @ ('\\' | ';' | ',')) => text.push(escaped),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    Cow::Owned(text)
}

/// A text as a TEXT value; control characters other than line ends and tabs are left out.
pub fn escape(text: &str) -> String {
    let mut value = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' | '\n' => value.push_str("\\n"),
            '\\' | ';' | ',' => value.extend(['\\', letter]),
            '\t' => value.push('\t'),
            control if control.is_control() => {}
            other => value.push(other),
        }
    }
    value
}

/// A parameter's value: quotes taken off, `^n`, `^'` and `^^` decoded.
pub(crate) fn decode_param(value: &str) -> Cow<'_, str> {
    let is_quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    let value = if is_quoted { &value[1..value.len() - 1] } else { value };
    if !value.contains('^') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        let decoded = match (letter, letters.peek()) {
            ('^', Some('n')) => Some('\n'),
            ('^', Some('\'')) => Some('"'),
            ('^', Some('^')) => Some('^'),
            _ => None,
        };
        if decoded.is_some() {
            letters.next();
        }
        text.push(decoded.unwrap_or(letter));
    }
    Cow::Owned(text)
}

/// A text as a parameter's value, quoted where it must be (RFC 6868 §3.1).
pub(crate) fn encode_param(text: &str) -> String {
    let mut value = String::with_capacity(text.len() + 2);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' | '\n' => value.push_str("^n"),
            '^' => value.push_str("^^"),
            '"' => value.push_str("^'"),
            '\t' => value.push('\t'),
            control if control.is_control() => {}
            other => value.push(other),
        }
    }
    if value.contains([',', ';', ':']) { format!("\"{value}\"") } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_being_escaped_and_unescaped() {
        for text in ["plain", "a, b; c\\d", "line\nline", "\\n", "tab\tend\\"] {
            assert_eq!(unescape(&escape(text)), text);
        }
        assert_eq!(escape("a\r\nBEGIN:VALARM\rb\u{7}"), "a\\nBEGIN:VALARM\\nb");
        assert_eq!(unescape("a\\xb"), "a\\xb");
    }

    #[test]
    fn parameters_are_decoded_as_rfc_6868_says() {
        let cases = [("\"a^nb\"", "a\nb"), ("^^^'", "^\""), ("a^b", "a^b"), ("\"", "\"")];
        for (value, expected) in cases {
            assert_eq!(decode_param(value), expected, "{value}");
        }
    }
}
