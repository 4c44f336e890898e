//! Variables of scripts: what `$name:` and `$now.year.1:` stand for.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};

/// How often values that name other variables are looked into.
const ROUNDS_MAX: usize = 20;

/// Names, with dollar and colon, and what they stand for.
pub(crate) type Names = HashMap<String, String>;

/// All that a script may refer to while it is played.
#[derive(Clone, Debug)]
pub(crate) struct Variables {
    fixed: Names,
    grabbed: Names,
    today: Date,
}

impl Variables {
    /// Variables that do not change, and none grabbed yet.
    pub(crate) fn new(fixed: Names, today: Date) -> Self {
        Self { fixed, grabbed: Names::new(), today }
    }

    /// The text with every variable that is known put in, those that do not change first.
    pub(crate) fn fill(&self, text: &str) -> String {
        let text = replaced(text, &self.fixed, self.today);
        replaced(&text, &self.grabbed, self.today)
    }

    /// The text with the variables of `names` put in.
    pub(crate) fn fill_with(&self, text: &str, names: &Names) -> String {
        replaced(text, names, self.today)
    }

    /// Twenty new values for `$uid1:` to `$uid20:`.
    pub(crate) fn roll_uids(&mut self) {
        for number in 1..=20 {
            let uid = new_uuid();
            self.fixed.insert(format!("$uid{number}:"), uid.clone());
            self.grabbed.insert(format!("$uid{number}:"), uid);
        }
    }

    /// Remembers a value under `$name:`, or a part of it under `basename($name:)` and its like.
    pub(crate) fn grab(&mut self, target: &str, value: &str) {
        let (name, value) = match target.strip_suffix(')').and_then(|it| it.split_once('(')) {
            Some(("basename", name)) => (name, last_segment(value)),
            Some(("urlpath", name)) => (name, path_of(value)),
            _ => (target, value),
        };
        self.grabbed.insert(name.to_owned(), value.to_owned());
    }

    /// Today, as iCalendar writes dates.
    pub(crate) fn today(&self) -> String {
        self.today.strftime("%Y%m%d").to_string()
    }
}

/// The date here, when the run began.
pub(crate) fn today() -> Date {
    Zoned::now().date()
}

/// A random UUID.
pub(crate) fn new_uuid() -> String {
    let bits: u128 = rand::random();
    let hex = format!("{bits:032x}");
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Values that name other variables, written out.
pub(crate) fn expanded(names: &Names, today: Date) -> Names {
    names.iter().map(|(name, value)| (name.clone(), replaced(value, names, today))).collect()
}

fn last_segment(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn path_of(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    }
}

fn replaced(text: &str, names: &Names, today: Date) -> String {
    let mut text = text.to_owned();
    for _ in 0..ROUNDS_MAX {
        let next = replaced_once(&text, names, today);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn replaced_once(text: &str, names: &Names, today: Date) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match name_at(rest).and_then(|name| Some((name, value_of(name, names, today)?))) {
            Some((name, value)) => {
                out.push_str(&value);
                rest = &rest[name.len()..];
            }
            None => {
                out.push('$');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The name that `text` begins with, from dollar to colon.
fn name_at(text: &str) -> Option<&str> {
    let end = text.find(':')?;
    let inner = text[..end].strip_prefix('$')?;
    let is_name = inner.starts_with(|it: char| it == '_' || it.is_ascii_alphabetic())
        && inner.chars().all(|it| it.is_ascii_alphanumeric() || "_-.".contains(it));
    is_name.then(|| &text[..=end])
}

fn value_of(name: &str, names: &Names, today: Date) -> Option<String> {
    if name == "$uidrandom:" {
        return Some(new_uuid());
    }
    if let Some(rest) = name.strip_prefix("$now.") {
        return moved(rest.trim_end_matches(':'), today);
    }
    names.get(name).cloned()
}

/// What `N`, `week.N`, `month.N` or `year.N` from today is.
fn moved(what: &str, today: Date) -> Option<String> {
    let (unit, number) = what.split_once('.').unwrap_or(("day", what));
    let number: i32 = number.parse().ok()?;
    let (span, form) = match unit {
        "day" => (number.days(), "%Y%m%d"),
        "week" => (number.weeks(), "%Y%m%d"),
        "month" => (number.months(), "%Y%m"),
        "year" => (number.years(), "%Y"),
        _ => return None,
    };
    Some(today.checked_add(span).ok()?.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn variables() -> Variables {
        let fixed = [("$a:", "1"), ("$b:", "[$a:]"), ("$x-y:", "dash"), ("$loop:", "$loop:!")];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut variables = Variables::new(fixed.into(), date(2026, 1, 31));
        variables.grab("$got:", "7");
        variables
    }

    #[test]
    fn names_that_are_known_are_put_in_and_all_else_stays() {
        for (case, text, expected) in [
            ("a name", "/$a:/", "/1/"),
            ("a value with a name in it", "$b:", "[1]"),
            ("a dash", "$x-y:", "dash"),
            ("two in a row", "$a:$a:", "11"),
            ("grabbed", "$got:+1", "7+1"),
            ("unknown", "$nobody: $ $5: $a", "$nobody: $ $5: $a"),
            ("a dollar before a name", "$$a:", "$1"),
            ("a title before a colon", "CN=$a::mailto:x", "CN=1:mailto:x"),
            ("tomorrow", "$now.1:T100000Z", "20260201T100000Z"),
            ("some days ago", "$now.-31:", "20251231"),
            ("in a week", "$now.week.1:", "20260207"),
            ("next month, which is shorter", "$now.month.1:", "202602"),
            ("next year", "$now.year.1:0101", "20270101"),
            ("no unit", "$now.age.1:", "$now.age.1:"),
        ] {
            assert_eq!(variables().fill(text), expected, "{case}");
        }
    }

    #[test]
    fn a_value_that_names_itself_does_not_go_on_for_ever() {
        assert!(variables().fill("$loop:").len() < 100);
    }

    #[test]
    fn parts_of_what_is_grabbed_may_be_kept() {
        let mut variables = variables();
        variables.grab("basename($name:)", "http://host/a/b.ics");
        variables.grab("urlpath($path:)", "http://host:1/a/b.ics");
        variables.grab("urlpath($plain:)", "/a/b.ics");
        assert_eq!(variables.fill("$name: $path: $plain:"), "b.ics /a/b.ics /a/b.ics");
    }

    #[test]
    fn uids_are_new_each_time_they_are_rolled() {
        let mut variables = variables();
        variables.roll_uids();
        let first = variables.fill("$uid20:");
        variables.roll_uids();
        assert_ne!(variables.fill("$uid20:"), first);
        assert_ne!(variables.fill("$uidrandom:"), variables.fill("$uidrandom:"));
        assert_eq!(first.len(), 36);
    }
}
