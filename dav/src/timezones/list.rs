//! `list` and `find`: which zones there are, all or by a pattern (RFC 7808 §5.2, §5.5).

use app::{App, PublishedZone};
use serde_json::{Value, json};

use super::trouble::Trouble;
use super::{HOUR, PUBLISHER, json};
use crate::Answer;
use crate::query::Query;

pub(super) fn respond(app: &App, query: &Query) -> Result<Answer, Trouble> {
    let since = query.once("changedsince", Trouble::InvalidChangedSince)?;
    let pattern = query.once("pattern", Trouble::InvalidPattern)?.map(Pattern::of).transpose()?;
    let version = app.zones().version();
    // Zones change all together, with a new release of the data.
    let is_unchanged = pattern.is_none() && since == Some(version);
    let is_wanted = |zone: &&PublishedZone| match &pattern {
        None => !is_unchanged,
        Some(pattern) => {
            pattern.matches(zone.name) || zone.aliases.iter().any(|it| pattern.matches(it))
        }
    };
    let modified = modified(version);
    let zone = |it: &PublishedZone| {
        json!({
            "tzid": it.name,
            "etag": it.etag,
            "last-modified": modified,
            "publisher": PUBLISHER,
            "version": version,
            "aliases": it.aliases,
        })
    };
    let found: Vec<Value> = app.published_zones().current().filter(is_wanted).map(zone).collect();
    let told = json!({
        "synctoken": version,
        // The member of drafts before RFC 7808, which Apple's clients read.
        "dtstamp": modified,
        "timezones": found,
    });
    Ok(json(&told, HOUR))
}

/// When a release such as `2026e` was made, as far as its name tells: in that year.
pub(super) fn modified(version: &str) -> String {
    let year = version.get(..4).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    format!("{}-01-01T00:00:00Z", year.unwrap_or("1970"))
}

/// A text with an asterisk at either end, or at none.
struct Pattern {
    text: String,
    is_open_before: bool,
    is_open_after: bool,
}

impl Pattern {
    fn of(text: &str) -> Result<Self, Trouble> {
        let mut literal = String::new();
        let mut open = (false, false);
        let mut rest = text.chars().peekable();
        if rest.next_if_eq(&'*').is_some() {
            open.0 = true;
        }
        while let Some(next) = rest.next() {
            match next {
                '*' if rest.peek().is_none() => open.1 = true,
                '*' => return Err(Trouble::InvalidPattern),
                '\\' => {
                    let escaped = rest.next().filter(|it| matches!(it, '*' | '\\'));
                    literal.push(escaped.ok_or(Trouble::InvalidPattern)?);
                }
                other => literal.push(other),
            }
        }
        if text.is_empty() {
            return Err(Trouble::InvalidPattern);
        }
        let text = comparable(&literal);
        Ok(Self { text, is_open_before: open.0, is_open_after: open.1 })
    }

    fn matches(&self, name: &str) -> bool {
        let name = comparable(name);
        match (self.is_open_before, self.is_open_after) {
            (false, false) => name == self.text,
            (true, false) => name.ends_with(&self.text),
            (false, true) => name.starts_with(&self.text),
            (true, true) => name.contains(&self.text),
        }
    }
}

/// How names are compared: without regard to case, underscores as spaces (RFC 7808 §5.5).
fn comparable(text: &str) -> String {
    text.replace('_', " ").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_open_at_its_ends_only() {
        let cases = [
            ("exact", "America/New_York", Some(true)),
            ("exact, another case and a space", "america/new york", Some(true)),
            ("part of it", "New_York", Some(false)),
            ("its end", "*/New_York", Some(true)),
            ("its start", "America/N*", Some(true)),
            ("its middle", "*ca/new*", Some(true)),
            ("all", "*", Some(true)),
            ("all again", "**", Some(true)),
            ("an asterisk in the middle", "America/*_York", None),
            ("an escaped asterisk", "America/\\*", Some(false)),
            ("an escape of nothing", "America\\", None),
            ("an escape of something else", "\\America*", None),
            ("nothing", "", None),
        ];
        for (case, pattern, expected) in cases {
            let found = Pattern::of(pattern).ok().map(|it| it.matches("America/New_York"));
            assert_eq!(found, expected, "{case}");
        }
        assert!(Pattern::of("\\*a\\\\b\\*").is_ok_and(|it| it.matches("*A\\b*")));
    }
}
