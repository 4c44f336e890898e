//! Names that clients use for zones in place of the IANA ones.

use windows_timezones::WindowsTimezone;

/// Names seen in the field that no table knows.
const SEEN: &[(&str, &str)] = &[
    ("utc", "UTC"),
    ("gmt", "UTC"),
    ("z", "UTC"),
    ("tzone://microsoft/utc", "UTC"),
    ("(utc) coordinated universal time", "UTC"),
    ("coordinated universal time", "UTC"),
    ("us-eastern", "America/New_York"),
    ("us-central", "America/Chicago"),
    ("us-mountain", "America/Denver"),
    ("us-pacific", "America/Los_Angeles"),
    ("eastern", "America/New_York"),
    ("central", "America/Chicago"),
    ("mountain", "America/Denver"),
    ("pacific", "America/Los_Angeles"),
    ("south sudan standard time", "Africa/Juba"),
];

/// The IANA names that `tzid` may stand for, the likeliest first.
pub(super) fn candidates(tzid: &str) -> impl Iterator<Item = String> {
    let lower = tzid.to_ascii_lowercase();
    let seen = SEEN.iter().find(|(name, _)| *name == lower).map(|(_, iana)| (*iana).to_owned());
    seen.into_iter().chain(windows(tzid)).chain(path_suffixes(tzid)).chain(offset(&lower))
}

/// The IANA name of a Windows zone, by its name or its description.
fn windows(tzid: &str) -> Option<String> {
    let named = tzid.parse::<WindowsTimezone>().ok();
    named.map(|zone| zone.tzdb_id().to_owned())
}

/// The last three, two and one segments of `/vendor/version/Area/Place`.
fn path_suffixes(tzid: &str) -> impl Iterator<Item = String> {
    let segments: Vec<String> =
        tzid.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect();
    let longest = if segments.len() > 1 { segments.len().min(3) } else { 0 };
    (1..=longest).rev().map(move |n| segments[segments.len() - n..].join("/"))
}

/// `GMT+0100` and `UTC-5` as the IANA zones of whole hours, whose sign is the other way round.
fn offset(lower: &str) -> Option<String> {
    let rest = lower.strip_prefix("gmt").or_else(|| lower.strip_prefix("utc"))?;
    let sign = if rest.starts_with('+') { '-' } else { '+' };
    let digits: String = rest.get(1..)?.chars().filter(char::is_ascii_digit).collect();
    let hours: u32 = match digits.len() {
        1 | 2 => digits.parse().ok()?,
        4 if digits.ends_with("00") => digits[..2].parse().ok()?,
        _ => return None,
    };
    Some(if hours == 0 { "UTC".into() } else { format!("Etc/GMT{sign}{hours}") })
}

#[cfg(test)]
mod tests {
    use super::super::ZoneDb;

    #[test]
    fn the_names_that_clients_use_are_understood() {
        let cases = [
            ("europe/berlin", "Europe/Berlin"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("Eastern Standard Time", "America/New_York"),
            ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
            ("/citadel.org/20211207_1/America/Argentina/Salta", "America/Argentina/Salta"),
            ("/mozilla.org/20050126_1/Europe/London", "Europe/London"),
            ("US-Eastern", "America/New_York"),
            ("tzone://Microsoft/Utc", "UTC"),
            ("GMT+0100", "Etc/GMT-1"),
            (" Europe/Paris ", "Europe/Paris"),
        ];
        let zones = ZoneDb::bundled();
        for (tzid, expected) in cases {
            let found = zones.of_tzid(tzid).map(|it| it.name().to_owned());
            assert_eq!(found.as_deref(), Some(expected), "{tzid}");
        }
        assert!(zones.of_tzid("My own zone").is_none());
    }
}
