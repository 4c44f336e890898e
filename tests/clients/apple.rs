//! Apple's Calendar on macOS and iOS: setting up an account, keeping in step, delegates.

mod delegates;
mod setting_up;
mod syncing;

use crate::event::meeting;
use crate::server::House;
use crate::session::{Client, DEFAULT};
use crate::told::{Multistatus, Told};

const MACOS: &str = "macOS/15.5 (24F74) dataaccessd/1.0";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const WORK: &str = "/dav/calendars/alice/0A5B2B5E-4BD7-4D1C-9D0E-1F6C7F1F3C11/";

/// Set-up, step 1.
const WHO: &[&str] = &["A:current-user-principal", "A:principal-URL", "A:resourcetype"];
/// Step 2.
const PRINCIPAL: &[&str] = &[
    "B:calendar-home-set",
    "B:calendar-user-address-set",
    "A:current-user-principal",
    "A:displayname",
    "C:dropbox-home-URL",
    "C:email-address-set",
    "C:notification-URL",
    "A:principal-collection-set",
    "A:principal-URL",
    "A:resource-id",
    "B:schedule-inbox-URL",
    "B:schedule-outbox-URL",
    "A:supported-report-set",
    "C:allowed-calendar-component-set",
];
/// Step 6.
const MEMBERS: &[&str] = &[
    "A:add-member",
    "C:allowed-sharing-modes",
    "D:autoprovisioned",
    "E:bulk-requests",
    "B:calendar-alarm",
    "D:calendar-color",
    "B:calendar-description",
    "B:calendar-free-busy-set",
    "D:calendar-order",
    "B:calendar-timezone",
    "A:current-user-privilege-set",
    "B:default-alarm-vevent-date",
    "B:default-alarm-vevent-datetime",
    "A:displayname",
    "C:getctag",
    "C:invite",
    "D:language-code",
    "D:location-code",
    "A:owner",
    "C:pre-publish-url",
    "C:publish-url",
    "C:push-transports",
    "C:pushkey",
    "A:quota-available-bytes",
    "A:quota-used-bytes",
    "D:refreshrate",
    "A:resource-id",
    "A:resourcetype",
    "B:schedule-calendar-transp",
    "B:schedule-default-calendar-URL",
    "C:source",
    "C:subscribed-strip-alarms",
    "C:subscribed-strip-attachments",
    "C:subscribed-strip-todos",
    "B:supported-calendar-component-set",
    "B:supported-calendar-component-sets",
    "A:supported-report-set",
    "A:sync-token",
    "B:managed-attachments-server-URL",
];

fn macos<'a>(house: &'a House, user: &'a str) -> Client<'a> {
    Client::new(house, user, MACOS, "text/xml")
}

/// The namespace of a prefix as Apple writes it, anew at each element.
fn namespace(prefix: &str) -> &'static str {
    match prefix {
        "A" => "DAV:",
        "B" => CALDAV,
        "C" => "http://calendarserver.org/ns/",
        "D" => "http://apple.com/ns/ical/",
        "E" => "http://me.com/_namespace/",
        other => panic!("no prefix {other}"),
    }
}

/// A property in Apple's writing: `A` is declared at the root, the others where they stand.
fn property(name: &str, attributes: &str, value: &str) -> String {
    let (prefix, _) = name.split_once(':').unwrap();
    let declared = match prefix {
        "A" => String::new(),
        _ => format!(" xmlns:{prefix}=\"{}\"", namespace(prefix)),
    };
    match value {
        "" => format!("<{name}{declared}{attributes}/>"),
        value => format!("<{name}{declared}{attributes}>{value}</{name}>"),
    }
}

/// The name of a property as the tests write it.
fn canonical(name: &str) -> String {
    let (prefix, local) = name.split_once(':').unwrap();
    let prefix = match prefix {
        "A" => "D",
        "B" => "C",
        "C" => "CS",
        "D" => "A",
        _ => "ME",
    };
    format!("{prefix}:{local}")
}

fn propfind(names: &[&str]) -> String {
    let names: String = names.iter().map(|it| format!("    {}\n", property(it, "", ""))).collect();
    format!("{XML}<A:propfind xmlns:A=\"DAV:\">\n  <A:prop>\n{names}  </A:prop>\n</A:propfind>\n")
}

fn proppatch(property: &str) -> String {
    format!(
        "{XML}<A:propertyupdate xmlns:A=\"DAV:\">\n  <A:set>\n    <A:prop>\n      {property}\n    \
         </A:prop>\n  </A:set>\n</A:propertyupdate>\n"
    )
}

fn sync_body(token: &str, level: &str, names: &[&str]) -> String {
    let names: String = names.iter().map(|it| property(it, "", "")).collect();
    format!(
        "{XML}<A:sync-collection xmlns:A=\"DAV:\"><A:sync-token>{token}</A:sync-token>{level}\
         <A:prop>{names}</A:prop></A:sync-collection>"
    )
}

/// `calendar-multiget` as macOS sends it, without a `Depth`.
async fn multiget(client: &Client<'_>, hrefs: &[String]) -> Multistatus {
    let hrefs: String =
        hrefs.iter().map(|it| format!("<A:href xmlns:A=\"DAV:\">{it}</A:href>")).collect();
    let body = format!(
        "{XML}<B:calendar-multiget xmlns:B=\"{CALDAV}\"><A:prop xmlns:A=\"DAV:\"><A:getetag/>\
         <B:calendar-data/><B:schedule-tag/></A:prop>{hrefs}</B:calendar-multiget>"
    );
    client.ask("REPORT", DEFAULT, &[], &body).await
}

/// Each of `names` is told once, as there or as missing.
#[track_caller]
fn assert_there_or_missing(told: &Told, names: &[&str]) {
    for name in names.iter().map(|it| canonical(it)) {
        let outcome = told.outcome(&name);
        assert!(matches!(outcome, Some(200 | 404)), "{name} of {}: {outcome:?}", told.href);
    }
    assert_eq!(told.outcomes().len(), names.len(), "{}", told.href);
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
