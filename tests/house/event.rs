//! Calendar objects as clients write them.

/// A VCALENDAR with one VEVENT of that UID and these lines.
pub(crate) fn event(uid: &str, lines: &[&str]) -> String {
    component("VEVENT", uid, lines)
}

/// A VCALENDAR with one component of that UID and these lines.
pub(crate) fn component(kind: &str, uid: &str, lines: &[&str]) -> String {
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//house//EN\r\n";
    let lines: String = lines.iter().map(|it| format!("{it}\r\n")).collect();
    format!(
        "{head}BEGIN:{kind}\r\nUID:{uid}\r\nDTSTAMP:20260301T000000Z\r\n{lines}END:{kind}\r\n\
         END:VCALENDAR\r\n"
    )
}

/// A meeting from `start` to `end`, both as iCalendar writes UTC.
pub(crate) fn meeting(uid: &str, start: &str, end: &str) -> String {
    event(uid, &[&format!("DTSTART:{start}"), &format!("DTEND:{end}"), "SUMMARY:Meeting"])
}
